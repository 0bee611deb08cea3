"""The list that somebody works through: what they asked of the inbox, as it stands in the address."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from workflows.queries.views.inbox import DUES, ROUNDS, SORTS, Wanted

TABS: Final = ("todo", "claimable", "done", "mine")
OPEN_WORK: Final = frozenset({"todo", "claimable"})
NAMES: Final = {"q": "query", "process": "process", "step": "step", "due": "due", "round": "round", "sort": "sort"}
LONGEST: Final = 128


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; what it may not ask is left out. Open work is shown by deadline."""
    tab = given.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    known = {"due": DUES, "round": ROUNDS, "sort": SORTS}
    found: dict[str, str] = {}
    for short, name in NAMES.items():
        value = given.get(short, "").strip()[:LONGEST]
        if value and (name not in known or value in known[name]) and value.isprintable():
            found[name] = value
    if tab not in OPEN_WORK:
        found = {"query": found.get("query", ""), "sort": "arrival"}
    return Wanted(tab, **{"sort": "due", **found})


def address_of(wanted: Wanted, **changed: str) -> dict[str, Any]:
    """Return the parameters of an address that asks for it, without what goes without saying."""
    usual = "due" if wanted.tab in OPEN_WORK else "arrival"
    found = {"tab": wanted.tab} | {short: getattr(wanted, name) for short, name in NAMES.items()} | changed
    if found["sort"] == usual:
        found["sort"] = ""
    return {name: value for name, value in found.items() if value}


def narrowed(wanted: Wanted) -> bool:
    """Tell whether filters are set."""
    return any((wanted.process, wanted.step, wanted.due, wanted.round))


def written(wanted: Wanted | None) -> str:
    """Return it as one text, to be carried through a form."""
    return urlencode(address_of(wanted)) if wanted else ""


def read(text: str) -> Wanted | None:
    """Return what `written` wrote; nothing for anything else."""
    given = dict(parse_qsl(text[:2_000]))
    return wanted_of(given) if given.get("tab") in TABS else None
