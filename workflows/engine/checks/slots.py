"""The expressions that stand on an element, and what each of them has to give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from workflows.engine.expressions.types import ANY, Type, TypeFault, is_known, spoken
from workflows.engine.expressions.typing_rules import check_types, type_of_expression
from workflows.engine.model import Repeat, Trigger
from workflows.engine.timer_texts import is_bare_timer, trouble_of_timer

DATA: Final = frozenset({"boolean", "number", "string", "date", "date and time", "list", "context"})
"""What the data of a process can hold; durations and times of day it cannot."""
KEYS: Final = frozenset({"number", "string", "date", "date and time"})
_BOOLEAN, _LIST = frozenset({"boolean"}), frozenset({"list"})
_LENGTHS: Final = frozenset({"days and time", "years and months"})
_DAYS: Final = frozenset({"date", "date and time"})
_TIMERS: Final = {
    "duration": _LENGTHS | _DAYS | {"string"}, "date": _DAYS | {"string"}, "cycle": frozenset({"string"}),
}  # fmt: skip
_PROPERTIES: Final = {"each": _LIST, "signers": _LIST, "correlation": KEYS, "result": DATA}


class Holder(Protocol):
    """A node of a drawing or an element of a definition."""

    @property
    def kind(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def properties(self) -> Mapping[str, str]: ...
    @property
    def lines(self) -> Mapping[str, int]: ...
    @property
    def trigger(self) -> Trigger | None: ...
    @property
    def repeat(self) -> Repeat | None: ...


@dataclass(frozen=True)
class Slot:
    """An expression of an element: the place that a finding names, its line, and the kinds that it may give.

    ``timer`` is the form of a timer whose text it is.
    """

    place: str
    text: str
    line: int
    kinds: frozenset[str]
    timer: str = ""


def slots_of(holder: Holder) -> Iterator[Slot]:
    """Every expression of an element: its properties, what its event waits for, and how often it is done."""
    for name, text in holder.properties.items():
        if name.startswith(("input.", "output.")):
            yield Slot(name, text, holder.lines.get(name, holder.line), DATA)
        elif name in _PROPERTIES:
            yield Slot(name, text, holder.lines.get(name, holder.line), _PROPERTIES[name])
    trigger, repeat = holder.trigger, holder.repeat
    if trigger is not None and trigger.text:
        if trigger.type == "conditional":
            yield Slot("condition", trigger.text, trigger.line, _BOOLEAN)
        elif trigger.type == "timer" and not is_bare_timer(trigger.form, trigger.text):
            yield Slot("timer", trigger.text, trigger.line, _TIMERS[trigger.form], trigger.form)
    if repeat is not None:
        for place, text, line, kinds in (
            ("loopCardinality", repeat.cardinality, repeat.line, frozenset({"number"})),
            ("completionCondition", repeat.until, repeat.until_line, _BOOLEAN),
            ("loopCondition", repeat.condition, repeat.line, _BOOLEAN),
        ):
            if text:
                yield Slot(place, text, line, kinds)


def check_slot(
    slot: Slot, types: Mapping[str, Type], wanted: frozenset[str] | None = None
) -> list[TypeFault]:
    """What is certainly wrong with an expression over names of these types, and with what it gives.

    ``wanted`` says more about what it may give than the slot does: what a handler takes.
    """
    kinds = slot.kinds if wanted is None else wanted
    if len(kinds) == 1 and not slot.timer:
        faults = check_types(slot.text, types, *kinds)
        found = type_of_expression(slot.text, types)
    else:
        faults = check_types(slot.text, types)
        found = type_of_expression(slot.text, types)
        if is_known(found) and found.kind not in kinds:
            faults.append(
                TypeFault("wrong_type", 0, f"This gives {spoken(found.kind)}; {_needed(slot, kinds)}.")
            )
    if slot.place == "signers" and is_known(item := found.item or ANY) and item.kind != "string":
        message = f"This gives a list of {item.kind} values, and signers are texts."
        faults.append(TypeFault("wrong_type", 0, message))
    if slot.timer and found.kind == "string":
        faults += (
            TypeFault("no_timer", 0, f"{text[:40]!r} is no ISO 8601 text for a {slot.timer}.")
            for text in found.values
            if trouble_of_timer(slot.timer, text, working=False) is not None
        )
    return faults


def _needed(slot: Slot, kinds: frozenset[str]) -> str:
    if slot.timer:
        words = {"duration": "a duration, a date or an ISO 8601 text", "date": "a date or an ISO 8601 text"}
        return words.get(slot.timer, "an ISO 8601 text such as R3/P1D") + " is needed"
    if slot.place == "correlation":
        return "a text, a number or a date is needed"
    if kinds == DATA:
        return (
            "the data of a process holds no durations and no times of day: make a text of it with string(…)"
        )
    return " or ".join(spoken(kind) for kind in sorted(kinds)) + " is needed"
