"""Static types: what an expression can be found to do wrong before any value is there.

A fault is only told where it is certain: whatever is not known is ``ANY`` and agrees with everything, and null agrees
with every kind, because any answer may be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from workflows.engine.expressions.temporal import Months

DURATIONS: Final = frozenset({"days and time", "years and months"})
ORDERED: Final = frozenset({"number", "string", "date", "date and time", "time"}) | DURATIONS
PARTS: Final[dict[str, frozenset[str]]] = {
    "date": frozenset({"year", "month", "day", "weekday"}),
    "date and time": frozenset({"year", "month", "day", "weekday", "hour", "minute", "second"}),
    "time": frozenset({"hour", "minute", "second"}),
    "days and time": frozenset({"days", "hours", "minutes", "seconds"}),
    "years and months": frozenset({"years", "months"}),
}


@dataclass(frozen=True)
class Type:
    """The kind of a value.

    ``item`` is the kind of the items of a list, ``entries`` what a context holds (None: not known), ``values`` the only
    texts that a string can be (empty: any text).
    """

    kind: str
    item: "Type | None" = None
    entries: Mapping[str, "Type"] | None = None
    values: tuple[str, ...] = ()


class TypeFault(NamedTuple):
    """What is wrong and where: ``code`` is unknown_name, wrong_type, unlike_types, never_equal or not_boolean."""

    code: str
    position: int
    message: str


ANY: Final = Type("any")
NULL: Final = Type("null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")


def list_of(item: Type) -> Type:
    """A list whose items are of one kind."""
    return Type("list", item=item)


def context_of(entries: Mapping[str, Type]) -> Type:
    """A context with exactly these entries."""
    return Type("context", entries=entries)


def spoken(kind: str) -> str:
    """A kind with its article."""
    if kind in DURATIONS:
        return f"a duration ({kind})"
    return f"a {kind}"


def is_known(found: Type) -> bool:
    """Whether anything certain can be said of it."""
    return found.kind not in ("any", "null")


def agree(left: Type, right: Type) -> bool:
    """Whether two values can be compared at all."""
    return not is_known(left) or not is_known(right) or left.kind == right.kind


def joined(left: Type, right: Type) -> Type:
    """The type of a value that is one or the other."""
    if left == right or right.kind == "null":
        return left
    if left.kind == "null":
        return right
    if left.kind == right.kind == "string":
        both = left.values and right.values
        return Type("string", values=tuple(dict.fromkeys(left.values + right.values)) if both else ())
    if left.kind == right.kind == "list":
        return list_of(joined(left.item or ANY, right.item or ANY))
    return Type(left.kind) if left.kind == right.kind else ANY


def calculated(operator: str, left: Type, right: Type) -> Type | None:
    """The type of ``left operator right``; None when the two never give anything but null."""
    if not is_known(left) or not is_known(right):
        return _half_known(operator, left, right)
    kinds = (left.kind, right.kind)
    if kinds == ("number", "number"):
        return NUMBER
    if operator == "+":
        if kinds == ("string", "string"):
            return STRING
        return _moved(*kinds) or _moved(*kinds[::-1])
    if operator == "-":
        if {*kinds} <= {"date", "date and time"} or kinds == ("time", "time"):
            return Type("days and time")
        return _moved(*kinds)
    if operator == "*" and "number" in kinds:
        other = kinds[0] if kinds[1] == "number" else kinds[1]
        return Type(other) if other in DURATIONS else None
    if operator == "/" and kinds[0] in DURATIONS:
        if kinds[1] == "number":
            return Type(kinds[0])
        return NUMBER if kinds[0] == kinds[1] else None
    return None


def _half_known(operator: str, left: Type, right: Type) -> Type | None:
    known = left if is_known(left) else right
    if known.kind in ("boolean", "list", "context") or (known.kind == "string" and operator != "+"):
        return None
    return NUMBER if operator == "**" else ANY


def _moved(moment: str, by: str) -> Type | None:
    if by == "days and time" and moment in ("date", "date and time", "time", "days and time"):
        return Type(moment)
    if by == "years and months" and moment in ("date", "date and time", "years and months"):
        return Type(moment)
    return None


def type_of(value: Any) -> Type:
    """The type of a constant."""
    return Type(_KINDS.get(type(value), "any"))


_KINDS: Final[dict[type, str]] = {
    bool: "boolean", Decimal: "number", str: "string", date: "date", datetime: "date and time", time: "time",
    timedelta: "days and time", Months: "years and months", type(None): "null",
}  # fmt: skip
