"""The semantic digest: what an instance means, independent of how it is stored. The form is docs/digest.md."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from workflows.engine.state import State
from workflows.engine.values import Value, number_text

PLAIN, WHOLE = 1, 2


def digest_of(state: State) -> str:
    """Return the version of the form, a colon, and the SHA-256 of what docs/digest.md writes down for a state.

    Form 1 says all there is to say of a state with tokens on one level only; with levels, waits, runs of several or an
    uncaught error it is form 2. So a state of an old journal has the digest that it had.
    """
    nested = any(token.within is not None for token in state.tokens)
    whole = nested or state.scopes or state.waits or state.series or state.error is not None
    form = _whole(state) if whole else _plain(state)
    text = json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{form['version']}:{hashlib.sha256(text.encode()).hexdigest()}"


def _plain(state: State) -> dict[str, Any]:
    return {
        "control": _form(dict(state.scope)),
        "end_event": state.end_event,
        "ended": state.ended,
        "rounds": sorted([name, count] for name, count in state.rounds.items()),
        "tallies": [],
        "tokens": sorted(
            [token.element_id, token.source, token.round, token.state] for token in state.tokens
        ),
        "version": PLAIN,
    }


def _whole(state: State) -> dict[str, Any]:
    by_key = {token.key: token for token in state.tokens if token.key is not None}

    def place(key: str | None) -> list[Any]:
        """The way from the process down to a token: element, round and run of each that holds it, and its own."""
        steps: list[Any] = []
        while key is not None and key in by_key:
            token = by_key[key]
            steps.append([token.element_id, token.round, token.index])
            key = token.within
        return steps[::-1]

    return {
        **_plain(state),
        "error": state.error,
        "scopes": _sorted([place(key), _form(dict(scope))] for key, scope in state.scopes.items()),
        "tallies": _sorted(
            [
                place(key),
                _form(one.items),
                one.begun,
                sorted([n, _form(value)] for n, value in one.results),
                sorted(one.gone),
            ]
            for key, one in state.series.items()
        ),
        "tokens": _sorted(
            [place(token.within), token.element_id, token.source, token.round, token.index, token.state]
            for token in state.tokens
        ),
        "waits": _sorted(
            [
                place(wait.host),
                wait.element_id,
                _form(wait.due),
                wait.every,
                wait.left,
                _form(wait.correlation),
            ]
            for wait in state.waits
        ),
        "version": WHOLE,
    }


def _sorted(rows: Iterable[list[Any]]) -> list[list[Any]]:
    """In the order of their JSON text: rows may hold null beside numbers."""
    return sorted(rows, key=lambda row: json.dumps(row, ensure_ascii=False, sort_keys=True))


def _form(value: Value) -> Any:
    """Equal values, equal forms: 1.50 and 1.5 are one number, one instant is one text whatever its zone."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return ["text", value]
    if isinstance(value, Decimal):
        return ["number", number_text(value)]
    if isinstance(value, datetime):
        instant = value if value.tzinfo is None else value.astimezone(UTC)
        return ["date and time", instant.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, list):
        return ["list", [_form(part) for part in value]]
    return ["context", sorted([name, _form(part)] for name, part in value.items() if part is not None)]
