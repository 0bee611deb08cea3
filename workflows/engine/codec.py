"""State to bytes and back: tagged JSON with a version line, in which nothing that a user wrote is interpreted (rule 5).

A value is null, true, false or ``[tag, content]``: s text, n number, d date, t date and time, l list, m list of
[name, value]. User text is only ever content, so no name or text in a form can change how a state is read.
"""

import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.engine.errors import EngineError, Fault
from workflows.engine.state import State, Token
from workflows.engine.values import Value

CODEC_VERSION = 1
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
        "tokens": [[token.element_id, token.source, token.round, token.key] for token in state.tokens],
        "scope": [[name, tag(value)] for name, value in state.scope.items()],
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
    if version != str(CODEC_VERSION).encode():
        shown = version[:10].decode("ascii", "replace")
        raise EngineError(Fault.STATE_CODEC_UNKNOWN, f"No codec reads version {shown}.", version=shown)
    try:
        return _state(json.loads(text))
    except (ValueError, TypeError, KeyError, InvalidOperation, RecursionError) as error:
        raise EngineError(Fault.STATE_UNREADABLE, "The state is damaged.", why=type(error).__name__) from None


def _state(body: dict[str, Any]) -> State:
    return State(
        definition_sha256=body["definition"],
        drawn=body["drawn"],
        ended=body["ended"],
        end_event=body["end_event"],
        rounds={name: int(count) for name, count in body["rounds"]},
        tokens=[Token(element, source, count, key) for element, source, count, key in body["tokens"]],
        scope={name: untag(value) for name, value in body["scope"]},
    )


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
