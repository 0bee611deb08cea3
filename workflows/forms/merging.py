"""Two people, or two windows, typing into one draft: what each of them changed is put together, place by place.

Only a value that both have changed, differently, is left to people. Nothing typed is thrown away: what does not become
the answer is kept beside it until somebody says which one counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.forms.seen import Seen, digest_of, is_same
from workflows.forms.spread import Spread

# What a person says about a value that two have changed: the one in the field, or the one in the draft.
MINE, DRAFT = "mine", "draft"


@dataclass(slots=True)
class Merged:
    """``kept`` is the draft from now on; ``shown`` differs from it where two values contend: there it has the typed one.

    ``changed`` are the places that the typing person changed, ``news`` those that others had changed meanwhile,
    ``contended`` those that both did, with the typed value. Rows are in ``changed`` and ``news`` by their own place.
    """

    kept: Spread
    shown: Spread
    changed: set[str] = field(default_factory=set)
    news: set[str] = field(default_factory=set)
    contended: dict[str, Any] = field(default_factory=dict)


def merge(
    current: Spread,
    mine: Spread,
    seen: Seen | None,
    own: Callable[[str], bool],
    chosen: Mapping[str, Any] | None = None,
) -> Merged:
    """Put what was typed into the draft as it stands.

    ``mine`` holds what stood on the page (None where it was emptied), ``seen`` what the page was drawn with, None when
    that is not known: then all of it counts as typed. ``own`` tells whether a place was last changed from the same
    window: nobody is ever in their own way. ``chosen`` gives by place the value that somebody decided for, or MINE.
    """
    merging = _Merging(current, mine, seen, own, chosen or {})
    merging.rows()
    merging.cells()
    shown = merging.kept.copy()
    shown.cells |= merging.found.contended
    merging.found.shown = shown
    return merging.found


class _Merging:
    def __init__(
        self,
        current: Spread,
        mine: Spread,
        seen: Seen | None,
        own: Callable[[str], bool],
        chosen: Mapping[str, Any],
    ) -> None:
        self.current, self.mine, self.seen, self.own, self.chosen = current, mine, seen, own, chosen
        self.kept = current.copy()
        self.found = Merged(self.kept, self.kept)
        self.alone: set[str] = set()  # rows that only one side has: nothing to compare in them

    def rows(self) -> None:
        """Rows that one side added stay, rows that one side removed go, unless the other has just typed in them."""
        for place, wanted in self.mine.rows.items():
            if self._is_alone(place):
                continue
            now = self.current.rows.get(place, ())
            base = self.seen.rows.get(place, ()) if self.seen else now
            gone = [tag for tag in base if tag not in wanted and tag in now]
            held = [tag for tag in gone if self._is_news(f"{place}[{tag}]")]
            lost = [tag for tag in wanted if tag in base and tag not in now]
            more = [tag for tag in wanted if tag not in base and tag not in now]
            more += [tag for tag in lost if self._is_typed(f"{place}[{tag}]")]
            for tag in gone:
                if tag not in held:
                    self.kept.drop_row(f"{place}[{tag}]")
            for tag in more:
                self.kept.take_row(self.mine, f"{place}[{tag}]")
            self.alone |= {f"{place}[{tag}]" for tag in (*lost, *more)}
            self.kept.rows[place] = (*(tag for tag in now if tag not in gone or tag in held), *more)
            if self.kept.rows[place] != now or place not in self.current.rows:
                self.found.changed |= {place, *(f"{place}[{tag}]" for tag in more)}
            strange = [tag for tag in now if tag not in base and tag not in wanted]
            self.found.news |= {
                f"{place}[{tag}]" for tag in (*strange, *held) if not self.own(f"{place}[{tag}]")
            }
            if lost and not self.own(place):
                self.found.news.add(place)

    def cells(self) -> None:
        """Compare what stood in the rows and fields that both sides have."""
        for place, typed in self.mine.cells.items():
            if not self._is_alone(place):
                self._cell(place, typed)
        people = {**self.mine.people, **self.kept.people}
        self.kept.people = {row: one for row, one in people.items() if self._stands(row)}

    def _is_alone(self, place: str) -> bool:
        """Whether a place is in a row that came or went as a whole."""
        return any(place.startswith(f"{row}.") for row in self.alone)

    def _cell(self, place: str, typed: Any) -> None:
        now = self.current.cells.get(place)
        if place in self.chosen:
            choice = self.chosen[place]
            self._put(place, now if choice is DRAFT else typed if choice is MINE else choice)
        elif is_same(typed, now):
            return
        elif self.seen is not None and place in self.seen.sets:
            self._set(place, typed or [], now or [])
        elif self.seen is None or self.own(place) or digest_of(now) == self.seen.digests.get(place):
            self._put(place, typed)
        elif digest_of(typed) == self.seen.digests.get(place):
            self.found.news.add(place)
        elif now is None and place not in self.seen.digests:
            self._put(place, typed)
        else:
            self.found.contended[place] = typed

    def _set(self, place: str, typed: list[Any], now: list[Any]) -> None:
        """A set is put together member by member: files and ticked options of both stay, what one took off goes."""
        base = set() if self.seen is None else set(self.seen.sets.get(place, ()))
        if self.own(place):
            self._put(place, typed)
            return
        mine, theirs = [str(one) for one in typed], [str(one) for one in now]
        both = [one for one in theirs if one in mine or one not in base]
        both += [one for one in mine if one not in theirs and one not in base]
        if set(theirs) != base:
            self.found.news.add(place)
        self._put(place, both)

    def _put(self, place: str, value: Any) -> None:
        if is_same(value, self.current.cells.get(place)):
            return
        if value is None:
            self.kept.cells.pop(place, None)
        else:
            self.kept.cells[place] = value
        self.found.changed.add(place)

    def _is_news(self, row: str) -> bool:
        """Whether somebody else typed in a row after it was seen."""
        seen = self.seen.digests if self.seen else {}
        return any(
            place.startswith(f"{row}.")
            and place in seen
            and digest_of(value) != seen[place]
            and not self.own(place)
            for place, value in self.current.cells.items()
        )

    def _is_typed(self, row: str) -> bool:
        """Whether this person typed in a row since they saw it."""
        seen = self.seen.digests if self.seen else {}
        return any(
            place.startswith(f"{row}.") and place in seen and digest_of(value) != seen[place]
            for place, value in self.mine.cells.items()
        )

    def _stands(self, row: str) -> bool:
        place, _, tag = row.rpartition("[")
        return tag.rstrip("]") in self.kept.rows.get(place, ())


def replaced(current: Spread, mine: Spread) -> Merged:
    """What becomes of a draft that is put in place of another as a whole: all that differs was changed."""
    changed = {
        place
        for place in current.cells.keys() | mine.cells.keys()
        if not is_same(current.cells.get(place), mine.cells.get(place))
    }
    changed |= {
        place
        for place in current.rows.keys() | mine.rows.keys()
        if current.rows.get(place) != mine.rows.get(place)
    }
    return Merged(mine, mine, changed)
