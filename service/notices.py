"""Sentences of notices: the package's words where it has some, else ours, filled in for whoever reads them.

Pages, the API and the worker use the same ones; the worker speaks to nobody, so the language is an argument.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from babel.dates import format_date, format_datetime

from service.pages.words import HERE, local
from service.texts import LANGUAGES, catalogue, fill
from workflows.queries.views import LetterView, NoticeView

PLACE: Final = re.compile(r"\{(\w+)\}")
MOST_SMS: Final = 300
MOST_LINES: Final = 30


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in words."""

    title: str
    text: str


def words_of(notice: NoticeView, language: str) -> Words:
    """Return title and text of a notice in a language."""
    places = _places(notice, language)
    if notice.title:
        return Words(_filled(notice.title, places), _filled(notice.text, places))
    return Words(
        fill(_said(f"notification.{notice.kind}.title", language), places),
        fill(_said(f"notification.{notice.kind}.text", language), places).strip(),
    )


def wording_for(public_url: str) -> Callable[[LetterView], tuple[str, str]]:
    """Return how a house under this address words what leaves it."""

    def word(letter: LetterView) -> tuple[str, str]:
        return word_letter(letter, public_url)

    return word


def word_letter(letter: LetterView, public_url: str) -> tuple[str, str]:
    """Return subject and text of a mail, and of an SMS its text twice as short."""
    language = letter.language if letter.language in LANGUAGES else "zh_CN"
    said = [words_of(one, language) for one in letter.notices]
    if letter.channel == "sms":
        text = fill(_said("notification.sms", language), {"title": said[0].title, "text": said[0].text})
        return said[0].title, text[:MOST_SMS]
    if not letter.is_digest:
        where = f"{public_url}{target_of(letter.notices[0])}"
        parts = (said[0].text, where, _foot(public_url, language))
        return said[0].title, "\n\n".join(part for part in parts if part)
    subject = fill(_said("notification.digest_subject", language), {"n": str(len(said))})
    lines = [
        f"· {words.title}\n  {public_url}{target_of(one)}" for one, words in zip(letter.notices, said, strict=True)
    ]
    if len(lines) > MOST_LINES:
        more = fill(_said("notification.digest_more", language), {"n": str(len(lines) - MOST_LINES)})
        lines = [*lines[:MOST_LINES], f"{more}\n  {public_url}/notifications"]
    return subject, "\n\n".join([_said("notification.digest_lead", language), *lines, _foot(public_url, language)])


def target_of(notice: NoticeView) -> str:
    """Return the path to go to: the task while it waits for the reader, else the case."""
    asks = notice.kind in ("task_opened", "task_returned", "due_soon", "overdue")
    if asks and notice.is_open and notice.task_id is not None:
        return f"/tasks/{notice.task_id}"
    return f"/instances/{notice.instance_id}"


def _foot(public_url: str, language: str) -> str:
    return fill(_said("notification.mail_foot", language), {"url": f"{public_url}/account#notifications"})


def _said(key: str, language: str) -> str:
    return str(catalogue(language).gettext(key))


def _filled(text: str, places: Mapping[str, str]) -> str:
    """Put the values into the {places} of a package's text; the deploy check knows them all."""
    return PLACE.sub(lambda found: places.get(found[1], "–"), text)


def _places(notice: NoticeView, language: str) -> dict[str, str]:
    due = _moment(notice.due_at, language) if notice.due_at else ""
    return {
        "number": notice.number,
        "process": notice.process_title,
        "step": notice.step_title,
        "applicant": notice.applicant,
        "outcome": notice.outcome_title or _said(f"notification.ended_{_how(notice)}", language),
        "due": due or _said("notification.no_term", language),
        "term": fill(_said("notification.term", language), {"due": due}) if due else "",
    }


def _how(notice: NoticeView) -> str:
    if notice.status == "cancelled" and notice.outcome in ("withdrawn", "expired"):
        return str(notice.outcome)
    return notice.status if notice.status in ("cancelled", "failed") else "completed"


def _moment(at: datetime, language: str) -> str:
    """Return the last moment of a term: midnight is 24:00 of the day that it ends."""
    locale = "en" if language == "en" else "zh_Hans_CN"
    here = local(at)
    if here.time() == time():
        day = format_date((here - timedelta(days=1)).date(), _said("format.weekday", language), locale=locale)
        return fill(_said("format.end_of_day", language), {"day": day})
    return str(format_datetime(here, _said("format.day_time", language), tzinfo=HERE, locale=locale))
