"""What somebody had before their eyes when they began to type: the digests of the values that the page was drawn with.

With it, the server tells "I changed this" from "this is what it was when I came", even without any script in the page.
The digests are short and their only reader is who was shown the values; they are no proof of anything.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.forms.form import Field
from workflows.forms.spread import Rows, Spread, places

# Digits of base64 for one value: 48 bits, so that one change in 2.8e14 would be overlooked.
_LENGTH = 8
_UNKNOWN = "." * _LENGTH
_MAX_TEXT = 400_000

SETS = frozenset({"checklist", "filepicker"})


@dataclass(frozen=True, slots=True)
class Seen:
    """Digests by place, the tags of the rows, and what was in each set (files, ticked options)."""

    digests: Mapping[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def digest_of(value: Any) -> str:
    """The short digest of one answer; equal answers have equal ones, whether read from a draft or from a page."""
    if value is None or value == "":
        text = ""
    elif isinstance(value, bool):
        text = f"b{value}"
    elif isinstance(value, Decimal | int):
        text = f"n{Decimal(value).normalize():f}"
    elif isinstance(value, date):
        text = f"d{value.isoformat()}"
    else:
        text = f"t{value}"
    raw = hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=6).digest()
    return urlsafe_b64encode(raw).decode()


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers say the same; the order of a set does not matter."""
    if isinstance(one, list) or isinstance(other, list):
        return sorted(map(str, one or [])) == sorted(map(str, other or []))
    return one == other or digest_of(one) == digest_of(other)


def seen_now(fields: Iterable[Field], laid: Spread, before: Mapping[str, str] | None = None) -> Seen:
    """What somebody sees who is shown these answers; for the places in ``before`` they still go on from that value."""
    digests, sets = {}, {}
    for place, one in places(fields, laid.rows):
        if one.type in SETS:
            sets[place] = tuple(str(part) for part in laid.cells.get(place) or [])
        else:
            digests[place] = (before or {}).get(place) or digest_of(laid.cells.get(place))
    return Seen(digests, dict(laid.rows), sets)


def write_seen(fields: Iterable[Field], seen: Seen) -> str:
    """The text that a page carries: rows and sets by place, digests in the order of the form."""
    text = "".join(
        seen.digests.get(place, _UNKNOWN) for place, one in places(fields, seen.rows) if one.type not in SETS
    )
    body = {"rows": {place: list(tags) for place, tags in seen.rows.items()}, "is": text}
    filled = {place: list(values) for place, values in seen.sets.items() if values}
    return json.dumps(body | ({"sets": filled} if filled else {}), separators=(",", ":"))


def read_seen(fields: Iterable[Field], text: str) -> Seen | None:
    """Read what ``write_seen`` wrote; None for anything else, which is then no ground to go on from."""
    try:
        body = json.loads(text) if len(text) <= _MAX_TEXT else None
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("is"), str):
        return None
    rows, sets = _lists(body.get("rows")), _lists(body.get("sets"))
    all_places = list(places(fields, rows))
    plain = [place for place, one in all_places if one.type not in SETS]
    if len(body["is"]) != len(plain) * _LENGTH:
        return None
    parts = (body["is"][start : start + _LENGTH] for start in range(0, len(body["is"]), _LENGTH))
    digests = {place: part for place, part in zip(plain, parts, strict=True) if part != _UNKNOWN}
    return Seen(digests, rows, {place: sets.get(place, ()) for place, one in all_places if one.type in SETS})


def _lists(given: Any) -> dict[str, tuple[str, ...]]:
    """Lists of short, different texts by name; whatever else stands there is left out."""
    if not isinstance(given, dict):
        return {}
    return {
        name: tuple(dict.fromkeys(one for one in values if isinstance(one, str) and 0 < len(one) <= 40))
        for name, values in given.items()
        if isinstance(values, list) and len(values) <= 1000
    }
