"""Who last changed which place of a draft, when, and from which window; and the values that wait beside an answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from workflows.forms.merging import Merged
from workflows.forms.spread import Rows, path_of

# At most so many values wait beside one answer: one of each person.
MAX_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Touch:
    """One save: the revision it made, whose it was, when, and the window it came from (empty over the API)."""

    revision: int
    by: UUID | None
    at: datetime
    tab: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """What somebody typed at a place where another value stands: it waits until one of both is chosen."""

    place: str
    by: UUID | None
    at: datetime
    value: Any = field(repr=False)


@dataclass(slots=True)
class Trace:
    """``touches`` are the saves that still count; the first one stands for every place that ``touched`` does not name."""

    rows: Rows = field(default_factory=dict)
    touches: list[Touch] = field(default_factory=list)
    touched: dict[str, int] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)

    def touch_of(self, place: str) -> Touch | None:
        """The save that last changed a place; a place in a row that came as a whole goes by its row."""
        while place:
            if place in self.touched:
                return self.touches[self.touched[place]]
            place = place.rpartition("]")[0].rpartition(".")[0] if place.endswith("]") else _above(place)
        return self.touches[0] if self.touches else None

    def since(self, revision: int, tab: str) -> dict[str, Touch]:
        """The places that were changed after a revision, from other windows than this one."""
        found = {place: self.touches[number] for place, number in self.touched.items()}
        return {
            place: touch for place, touch in found.items() if touch.revision > revision and touch.tab != tab
        }

    def beside(self, place: str) -> tuple[Other, ...]:
        """The values that wait beside the answer of a place."""
        return tuple(one for one in self.others if one.place == place)

    def after(self, merged: Merged, touch: Touch, decided: Iterable[str] = ()) -> "Trace":
        """The trace of a draft after what somebody typed was put into it; ``decided`` are the places that were chosen."""
        others = self._others(merged, touch, frozenset(decided))
        rows = dict(merged.kept.rows)
        if not self.touches:
            return Trace(rows, [touch], {}, others)
        touched = {
            place: number for place, number in self.touched.items() if path_of(place, rows) is not None
        }
        touched |= dict.fromkeys(merged.changed, len(self.touches))
        used = sorted({0, *touched.values()})
        place_of_touch = {number: n for n, number in enumerate(used)}
        touches = [*self.touches, touch]
        return Trace(
            rows,
            [touches[number] for number in used],
            {place: place_of_touch[number] for place, number in touched.items()},
            others,
        )

    def _others(self, merged: Merged, touch: Touch, decided: frozenset[str]) -> list[Other]:
        contended = merged.contended
        kept = [
            one
            for one in self.others
            if one.place not in decided
            and not (one.place in contended and one.by == touch.by)
            and path_of(one.place, merged.kept.rows) is not None
        ]
        for place, value in contended.items():
            if value is None:
                continue  # an emptied field holds nothing that could be lost
            old = next((one for one in self.beside(place) if one.by == touch.by), None)
            same = old is not None and old.value == value
            kept.append(old if same and old is not None else Other(place, touch.by, touch.at, value))
        return [one for one in kept if [o.place for o in kept].count(one.place) <= MAX_OTHERS]

    def without_values(self) -> dict[str, Any]:
        """All but the values that wait, as plain values."""
        return {
            "rows": {place: list(tags) for place, tags in self.rows.items()},
            "touches": [[one.revision, one.by, one.at, one.tab] for one in self.touches],
            "touched": dict(self.touched),
        }


def read_trace(kept: Mapping[str, Any] | None, others: Sequence[Other] = ()) -> Trace:
    """The way back of ``without_values``; a draft from before there were traces has an empty one."""
    if not kept:
        return Trace()
    return Trace(
        {place: tuple(tags) for place, tags in kept["rows"].items()},
        [Touch(int(revision), by, at, tab) for revision, by, at, tab in kept["touches"]],
        {place: int(number) for place, number in kept["touched"].items()},
        [replace(one) for one in others],
    )


def _above(place: str) -> str:
    """The row around a place: ``lines[k1].quantity`` is in ``lines[k1]``; empty for what is in none."""
    above, bracket, _ = place.rpartition("].")
    return f"{above}]" if bracket else ""
