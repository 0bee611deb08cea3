"""A page and its draft when two people, or two windows, type into it: what each sees of the other, and says to it.

The page carries what it was drawn with (`_seen`) and a name of its own (`_tab`), so all of this works without a script.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from service.current import current_actor, unit_of_work
from service.pages.sheets import html_id
from service.pages.shown import Reader
from workflows.forms import plain_path
from workflows.forms.merging import DRAFT, MINE, Merged
from workflows.forms.seen import Seen, read_seen, seen_now, write_seen
from workflows.forms.spread import Rows, Spread, gather, new_tag, path_of, place_of, spread
from workflows.forms.trace import Touch, Trace

if TYPE_CHECKING:
    from service.pages.desk import Desk
    from workflows.commands.drafts import Together, Typing
    from workflows.forms import Field, Form

NEVER = "!" * 8  # a digest that nothing has


@dataclass(frozen=True, slots=True)
class Rival:
    """Another value for a field: whose, from when, and how it is taken. `mine` is one that the reader typed before."""

    whose: str
    name: str
    at: datetime
    text: str
    mine: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """How much one person changed while the page was open, and the HTML id of the first; `mine`: in another window."""

    name: str
    mine: bool
    count: int
    first: str | None


def new_tab() -> str:
    """Return a name for a page that is opened now."""
    return secrets.token_hex(6)


def lay_out(desk: "Desk", form: "Form") -> None:
    """Lay a desk out as it was left: its rows get their tags, and values that wait stand beside their fields."""
    trace = desk.view.draft.trace if desk.view.draft else None
    desk.base = spread(form.fields, desk.typed, trace.rows if trace else {})
    desk.tab = new_tab()
    if trace is not None:
        wait(desk, trace, {})


def take_post(desk: "Desk", fields: Iterable["Field"], posted: "MultiDict[str, str]") -> None:
    """Read what the page says about itself."""
    desk.tab = posted.get("_tab", "")[:16] or new_tab()
    desk.seen = read_seen(fields, posted.get("_seen", ""))
    desk.key = posted.get("_key", "")[:100]
    desk.rows = posted_rows(posted, desk.seen.rows) if desk.seen else {}
    desk.posted = frozenset(
        name.removeprefix("_has:") for name in posted if not name.startswith("_") or name.startswith("_has:")
    )


def posted_rows(posted: "MultiDict[str, str]", rows: Rows) -> dict[str, tuple[str, ...]]:
    """Return the tags of the rows that stood on a page, by place; the page numbers them as it was drawn.

    A pasted row has none yet: it gets the same one however often this page is posted before it is drawn anew.
    """
    found: dict[str, tuple[str, ...]] = {}
    key = posted.get("_key", "")[:100]
    for name in posted:
        place = place_of(name.removeprefix("_row:"), rows) if name.startswith("_row:") else None
        if place is not None:
            tags = rows.get(place, ())
            numbers = [int(text) for text in posted.getlist(name) if text.isdigit() and len(text) < 6]
            found[place] = tuple(tags[n] if n < len(tags) else new_tag(key, "pasted", place, n) for n in numbers)
    return found


def drop_row(desk: "Desk", path: str, number: int) -> None:
    """Let the tag of a row go with the row."""
    place = place_of(path, desk.rows)
    if place is not None:
        tags = tuple(desk.rows.get(place, ()))
        desk.rows = {**desk.rows, place: tags[:number] + tags[number + 1 :]}


def choose(desk: "Desk", verb: str, rest: str) -> None:
    """Note whose value counts: `keep:<path>` the one in the field, `take:<path>:<whose>` another."""
    path, _, whose = rest.partition(":")
    place = place_of(path, desk.seen.rows) if desk.seen else None
    if place is None:
        return
    if verb == "keep":
        desk.decided = {place: MINE}
    elif whose == DRAFT:
        desk.decided = {place: DRAFT}
    elif len(whose) == 32:
        desk.decided = {place: UUID(hex=whose)}
    desk.focus = path


def typing_of(desk: "Desk") -> "Typing":
    """Return what was typed, with all that the page says about itself."""
    from workflows.commands.drafts import Typing

    seen = desk.seen

    def shown(place: str) -> bool:
        path = path_of(place, seen.rows) if seen else None
        return path in desk.posted if path is not None else True

    if seen is None:
        return Typing(desk.typed, lambda place: plain_path(place) in desk.plain, initial=desk.initial, key=desk.key)
    return Typing(desk.typed, shown, desk.rows, seen, desk.tab, desk.decided, desk.initial, desk.key)


def absorb(desk: "Desk", form: "Form", together: "Together") -> None:
    """Go on from the draft as it is now: others' changes are on the page, and so is what was typed."""
    draft, merged = together.draft, together.merged
    trace = draft.trace or Trace()
    was = desk.view.draft.trace if desk.view.draft else None
    desk.base = spread(form.fields, draft.answers, trace.rows)
    laid = desk.base.copy()
    laid.cells |= merged.contended
    desk.typed = gather(form.fields, laid)
    desk.before = {
        place: (desk.seen.digests.get(place) if desk.seen else None) or NEVER for place in merged.contended
    }
    tell(desk, merged, trace if was is None else was, trace)
    wait(desk, trace, merged.contended)


def tell(desk: "Desk", merged: Merged, before: Trace, now: Trace) -> None:
    """Say who has changed what meanwhile."""
    by: dict[UUID | None, list[str]] = {}
    for place in sorted(merged.news):
        touch = before.touch_of(place) or now.touch_of(place)
        by.setdefault(touch.by if touch else None, []).append(place)
    people = named(by)
    me = current_actor().account_id
    desk.fresh = frozenset(path for place in merged.news if (path := path_of(place, now.rows)) is not None)
    desk.news = [
        News(people.get(account, ""), account == me, len(places), first_of(places, now.rows))
        for account, places in by.items()
    ]


def first_of(places: Iterable[str], rows: Rows) -> str | None:
    """Return the HTML id of the first place that still stands."""
    return next((html_id(path) for place in places if (path := path_of(place, rows)) is not None), None)


def wait(desk: "Desk", trace: Trace, contended: Mapping[str, Any]) -> None:
    """Put the other values beside their fields: the draft's where it contends with what was typed, and those that wait."""
    me, reader = current_actor().account_id, reader_of(desk)
    lasting: dict[str, Touch | None] = {place: trace.touch_of(place) for place in contended}
    people = named([touch.by for touch in lasting.values() if touch] + [other.by for other in trace.others])
    found: dict[str, list[Rival]] = {}

    def add(place: str, whose: str, by: UUID | None, at: datetime, value: Any) -> None:
        path = path_of(place, trace.rows)
        if path is not None and reader is not None:
            text = reader.text_at(plain_path(path), value)
            found.setdefault(path, []).append(Rival(whose, people.get(by, ""), at, text, by == me))

    for place, touch in lasting.items():
        if touch is not None:
            add(place, DRAFT, touch.by, touch.at, desk.base.cells.get(place))
    for other in trace.others:
        if other.by is not None and not (other.by == me and other.place in contended):
            add(other.place, other.by.hex, other.by, other.at, other.value)
    desk.rivals = {path: tuple(rivals) for path, rivals in found.items()}


def reader_of(desk: "Desk") -> Reader | None:
    """Return what puts values of the form into words."""
    form = desk.view.form
    return Reader(form, desk.view.texts, desk.view.attachments) if form else None


def named(accounts: Iterable[UUID | None]) -> Mapping[Any, str]:
    """Return names by account."""
    from workflows.queries.names import names_of

    return names_of(unit_of_work(), set(accounts))


def seen_text(desk: "Desk", fields: Sequence["Field"]) -> str:
    """Return what the page carries of the values it is drawn with.

    Where nothing was kept, be it that a save failed or that a hand-in was refused, it goes on from what it was drawn with.
    """
    laid_out = desk.base.cells or desk.base.rows
    if desk.seen is not None and (desk.unsaved or not laid_out):
        return write_seen(fields, Seen(desk.seen.digests, desk.rows, desk.seen.sets))
    return write_seen(fields, seen_now(fields, desk.base, desk.before))


def put_typed(desk: "Desk", laid: Spread) -> None:
    """Take over answers that were put together, and the tags of their rows: what is posted next has them too."""
    if desk.view.form is not None:
        desk.typed = gather(desk.view.form.fields, laid)
        desk.rows = {**desk.rows, **laid.rows}
