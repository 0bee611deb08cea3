"""State to bytes and back: tagged JSON with a version line, in which nothing that a user wrote is interpreted (rule 5).

A value is null, true, false or ``[tag, content]``: s text, n number, d date, t date and time, l list, m list of
[name, value]. User text is only ever content, so no name or text in a form can change how a state is read.
"""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.engine.errors import EngineError, Fault
from workflows.engine.state import Series, State, Token, Wait
from workflows.engine.values import Value

CODEC_VERSION = 2
READABLE = (1, 2)
MAX_STATE_BYTES = 4 * 1024 * 1024
_HEAD = b"zhupi-state "


def encode_state(state: State) -> bytes:
    """Return the bytes to store. Raises EngineError (state_too_large) beyond 4 MiB."""
    body = {
        "definition": state.definition_sha256,
        "drawn": state.drawn,
        "ended": state.ended,
        "end_event": state.end_event,
        "rounds": list(state.rounds.items()),
        "tokens": [
            [token.element_id, token.source, token.round, token.key, token.within, token.index]
            for token in state.tokens
        ],
        "scope": _tag_scope(state.scope),
        "scopes": [[key, _tag_scope(scope)] for key, scope in state.scopes.items()],
        "waits": [
            [
                wait.key,
                wait.host,
                wait.element_id,
                tag(wait.due),
                wait.every,
                wait.left,
                tag(wait.correlation),
            ]
            for wait in state.waits
        ],
        "series": [
            [key, tag(one.items), one.begun, [[n, tag(value)] for n, value in one.results], one.gone]
            for key, one in state.series.items()
        ],
        "error": state.error,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content = _HEAD + str(CODEC_VERSION).encode() + b"\n" + text.encode()
    if len(content) > MAX_STATE_BYTES:
        raise EngineError(Fault.STATE_TOO_LARGE, f"The state has {len(content)} bytes.", size=len(content))
    return content


def decode_state(content: bytes) -> State:
    """Return the state that ``encode_state`` wrote. Raises EngineError (state_unreadable, state_codec_unknown)."""
    head, _, text = content.partition(b"\n")
    if not head.startswith(_HEAD):
        raise EngineError(Fault.STATE_UNREADABLE, "The state has no version line.")
    version = head.removeprefix(_HEAD)
    if version not in {str(number).encode() for number in READABLE}:
        shown = version[:10].decode("ascii", "replace")
        raise EngineError(Fault.STATE_CODEC_UNKNOWN, f"No codec reads version {shown}.", version=shown)
    try:
        return _state(json.loads(text), int(version))
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, RecursionError) as error:
        raise EngineError(Fault.STATE_UNREADABLE, "The state is damaged.", why=type(error).__name__) from None


def _state(body: dict[str, Any], version: int) -> State:
    state = State(
        definition_sha256=body["definition"],
        drawn=body["drawn"],
        ended=body["ended"],
        end_event=body["end_event"],
        rounds={name: int(count) for name, count in body["rounds"]},
        tokens=[Token(*token) for token in body["tokens"]],
        scope=_untag_scope(body["scope"]),
    )
    if version == 1:  # tokens without level, and nothing that was more than a token
        return state
    state.scopes = {key: _untag_scope(scope) for key, scope in body["scopes"]}
    state.waits = [_wait(*wait) for wait in body["waits"]]
    state.series = {key: _series(*one) for key, *one in body["series"]}
    state.error = body["error"]
    return state


def _wait(
    key: str, host: str, element: str, due: Any, every: str | None, left: int | None, told: Any
) -> Wait:
    instant = untag(due)
    if instant is not None and not isinstance(instant, datetime):
        raise TypeError(due)
    return Wait(key, host, element, instant, every, left, untag(told))


def _series(items: Any, begun: int, results: list[Any], gone: list[int]) -> Series:
    found = untag(items)
    if not isinstance(found, list):
        raise TypeError(items)
    return Series(found, begun, [(n, untag(value)) for n, value in results], list(gone))


def _tag_scope(scope: dict[str, Value]) -> list[Any]:
    return [[name, tag(value)] for name, value in scope.items()]


def _untag_scope(scope: list[Any]) -> dict[str, Value]:
    return {name: untag(value) for name, value in scope}


def tag(value: Value) -> Any:
    """Return ``value`` as tagged JSON. A number keeps its digits: 1.50 stays 1.50."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return ["s", value]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, list):
        return ["l", [tag(part) for part in value]]
    return ["m", [[name, tag(part)] for name, part in value.items()]]


def untag(tagged: Any) -> Value:
    """Return the value behind tagged JSON. Raises ValueError or TypeError for anything else."""
    if tagged is None or isinstance(tagged, bool):
        return tagged
    kind, content = tagged
    match kind:
        case "s":
            return str(content)
        case "n":
            return Decimal(content)
        case "d":
            return date.fromisoformat(content)
        case "t":
            return datetime.fromisoformat(content)
        case "l":
            return [untag(part) for part in content]
        case "m":
            return {str(name): untag(part) for name, part in content}
    raise ValueError(kind)
