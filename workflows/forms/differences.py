"""What became of answers since the round before: place by place, a row that came or went as one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from workflows.forms.form import Field, flat
from workflows.forms.vocabulary import ROW_ID

Row = Mapping[str, Any]
NOTHING: Final[tuple[Any, ...]] = (None, "", [])


def changed_places(
    fields: Iterable[Field], now: Row, was: Row, contents: Mapping[str, str], path: str = ""
) -> Iterator[str]:
    """Yield the paths of what differs. `contents` are the digests of files by id: the same bytes are the same file."""
    for one in flat(tuple(fields)):
        place, new, old = f"{path}{one.key}", now.get(one.key), was.get(one.key)
        if one.type == "dynamiclist":
            for n, (row, before) in enumerate(pairs_of(new, old or ())):
                if row is None or before is None:
                    yield f"{place}[{n}]"
                else:
                    yield from changed_places(one.children, row, before, contents, f"{place}[{n}].")
        elif one.type == "filepicker":
            if _contents(new, contents) != _contents(old, contents):
                yield place
        elif one.answered and (None if new in NOTHING else new) != (None if old in NOTHING else old):
            yield place


def pairs_of(now: Any, was: Any) -> list[tuple[Row | None, Row | None]]:
    """Put rows beside those that they were before: by their `_row`, else by their place; what went comes last."""
    rows = [row for row in now or () if isinstance(row, Mapping)]
    if was is None:
        return [(row, {}) for row in rows]
    old = [row for row in was if isinstance(row, Mapping)]
    by_id = {row[ROW_ID]: row for row in old if row.get(ROW_ID)}
    found: list[tuple[Row | None, Row | None]] = []
    for place, row in enumerate(rows):
        if row.get(ROW_ID):
            found.append((row, by_id.pop(row[ROW_ID], None)))
        else:
            found.append((row, old[place] if place < len(old) else None))
    left = list(by_id.values()) if any(row.get(ROW_ID) for row in old) else old[len(rows) :]
    return found + [(None, row) for row in left]


def _contents(given: Any, contents: Mapping[str, str]) -> set[str]:
    named = given if isinstance(given, list | tuple) else [given] if given else []
    return {contents.get(str(one), str(one)) for one in named}
