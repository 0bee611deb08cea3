"""What the frame around every page asks for: who is signed in, the navigation, theme and language."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID, uuid4

from flask import Flask, g, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from service.current import current_actor, settings, signed_in, unit_of_work
from service.pages.assets import asset, styles
from service.refusals import Refusal
from service.texts import LANGUAGES, language
from storage.actor import Role
from storage.errors import StorageError
from workflows import queries
from workflows.queries.names import names_of
from workflows.queries.views import BadgeView

THEMES = ("light", "dark")
TAGS = {"zh_CN": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation; `badge` names the count that goes on by itself."""

    title: str
    href: str
    current: bool
    count: int = 0
    badge: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An organisation that the person may act for."""

    id: UUID
    name: str
    current: bool


def person() -> Any:
    """Return who is signed in, None for a stranger or where that cannot be told (on an error page)."""
    if "page_person" not in g:
        try:
            g.page_person = signed_in()
        except (Refusal, SQLAlchemyError):
            g.page_person = None  # an error page is drawn even when the database is away
    return g.page_person


def navigation() -> list[Entry]:
    """Return the links of the bar; what a person may not open is not offered."""
    here = request.path
    entries = [_entry(gettext("nav.catalogue"), "pages.catalogue", here)]
    if person() is None or person().must_change_password:
        return entries
    entries += [
        replace(_entry(gettext("nav.inbox"), "pages.inbox", here, bar_counts().todo, also="/tasks"), badge="todo"),
        _entry(applications_title(), "pages.applications", here, also="/instances"),
        _entry(gettext("nav.registers"), "pages.registers", here),
    ]
    if oversees():
        entries.append(_entry(gettext("nav.operations"), "pages.operations", here))
    if person().actor.has(Role.ADMINISTRATOR):
        entries.append(_entry(gettext("nav.admin"), "pages.people", here, also="/admin"))
    elif person().actor.has(Role.PROCESS_OWNER):
        entries.append(_entry(gettext("admin.packages"), "pages.packages", here))
    return entries


def oversees() -> bool:
    """Whether the reader's list of applications is everybody's."""
    return any(person().actor.has(role) for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.OPERATOR))


def applications_title() -> str:
    """Return what the list of applications is called for the reader: not all of them are "mine"."""
    return str(gettext("nav.all_applications") if oversees() else gettext("nav.applications"))


def _entry(title: str, endpoint: str, here: str, count: int = 0, also: str = "\0") -> Entry:
    href = url_for(endpoint)
    return Entry(title, href, here.startswith((href, also)), count)


def bar_counts() -> BadgeView:
    """Return what the bar counts, in one statement for the whole page."""
    if "page_counts" not in g:
        g.page_counts = BadgeView(0, 0)
        with suppress(SQLAlchemyError, StorageError):
            g.page_counts = queries.badge(unit_of_work(), current_actor())
    return cast("BadgeView", g.page_counts)


def organisations() -> list[Choice]:
    """Return the organisations to switch between; nothing to switch is an empty list."""
    if person() is None or len(person().organisations) < 2:
        return []
    now = person().actor.organisation_id
    return [Choice(id_, name, id_ == now) for id_, name in person().organisations]


def person_name() -> str:
    """Return the name of who is signed in, the user name while it cannot be read."""
    if "page_name" not in g:
        g.page_name = person().username
        with suppress(SQLAlchemyError, StorageError):
            account_id = person().actor.account_id
            g.page_name = names_of(unit_of_work(), {account_id}).get(account_id) or g.page_name
    return str(g.page_name)


def organisation_name() -> str | None:
    """Return the name of the organisation acted for."""
    return person().organisation if person() else None


def theme() -> str | None:
    """Return the theme that the reader chose, None to follow the system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def single_keys() -> bool:
    """Tell whether single keys do something: whoever dictates or shakes switches them off (WCAG 2.1.4)."""
    return request.cookies.get("keys") != "off"


def other_languages() -> list[tuple[str, str, str]]:
    """Return (code, name in its own language, tag) of the languages that the page is not in."""
    now = language()
    return [(code, gettext(f"language.{code}"), TAGS[code]) for code in LANGUAGES if code != now]


def preference_url(**chosen: Any) -> str:
    """Return the link that changes theme or language and comes back here."""
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return url_for("pages.preferences", back=back, **chosen)


def password_rules() -> dict[str, int]:
    """Return what a password must have here, for the hint beside its field."""
    from workflows.passwords import PROFILES

    rules = PROFILES[settings().password_profile]
    return {"minimum": rules.min_length, "maximum": rules.max_length, "classes": rules.classes}


def is_new_house() -> bool:
    """Whether nobody has an account yet: the first page then leads to the set-up."""
    from workflows.commands.accounts import is_setup_open

    with suppress(SQLAlchemyError, StorageError):
        return is_setup_open(unit_of_work())
    return False


def new_key() -> str:
    """Return a key for one form: sending the form twice does the thing once."""
    return f"page-{uuid4()}"


def install(app: Flask) -> None:
    """Give the functions to the templates."""
    functions = (
        asset,
        styles,
        person,
        person_name,
        navigation,
        bar_counts,
        organisations,
        organisation_name,
        theme,
        other_languages,
        preference_url,
        new_key,
        password_rules,
        is_new_house,
        oversees,
        applications_title,
        single_keys,
    )
    for function in functions:
        app.jinja_env.globals[function.__name__] = function
    app.jinja_env.globals["html_language"] = lambda: TAGS.get(language(), "zh-CN")
