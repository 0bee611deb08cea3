"""The semantic digest: what an instance means, independent of how it is stored. The form is docs/digest.md."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from workflows.engine.state import State
from workflows.engine.values import Value, number_text

DIGEST_VERSION = 1


def digest_of(state: State) -> str:
    """Return ``1:`` and the SHA-256 of live tokens, rounds, tallies and control values as docs/digest.md writes them."""
    text = json.dumps(
        {
            "control": _form(dict(state.scope)),
            "end_event": state.end_event,
            "ended": state.ended,
            "rounds": sorted([name, count] for name, count in state.rounds.items()),
            "tallies": [],
            "tokens": sorted(
                [token.element_id, token.source, token.round, token.state] for token in state.tokens
            ),
            "version": DIGEST_VERSION,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return f"{DIGEST_VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


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
