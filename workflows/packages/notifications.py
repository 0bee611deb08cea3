"""What a package says when people are told: `[[notifications]]` of the manifest, by event and, where it likes, by step.

A text has places in braces for control data alone. A field of a form has none: what people type never leaves the case.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from workflows.reading import TomlReader

ON: Final = ("task_opened", "task_returned", "remark", "case_ended", "withdrawn", "due_soon", "overdue")
PLACES: Final = ("number", "process", "step", "applicant", "outcome", "due")
OF_CASES: Final = frozenset({"case_ended"})
"""Told of the case as a whole, so that no step has words of its own."""
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class NotificationWords:
    """Title and text of what people are told `on` an event, of one `step` or of all; the text may be empty."""

    on: str
    step: str | None
    title: str
    text: str

    @property
    def key(self) -> str:
        """The key of its texts, without .title and .text."""
        return f"notification.{self.on}" + (f".{self.step}" if self.step else "")


def notifications_of(reader: TomlReader, document: dict[str, Any]) -> tuple[NotificationWords, ...]:
    """Read the entries of a manifest; refuse unknown events, steps given twice, and places that nobody fills."""
    found: list[NotificationWords] = []
    for at, item in enumerate(reader.tables(document, "notifications", "")):
        place = f"notifications[{at}]"
        table = reader.table(item, place, ("on", "step", "title", "text"))
        words = NotificationWords(
            reader.name(table, "on", place),
            reader.name(table, "step", place) if "step" in table else None,
            reader.string(table, "title", place, limit=60),
            reader.string(table, "text", place, limit=300, default=""),
        )
        if words.on not in ON:
            message = f"'{place}.on' is one of {', '.join(ON)}."
            reader.refuse(f"{place}.on", "notification_event", message, event=words.on)
        elif words.step and words.on in OF_CASES:
            message = f"'{words.on}' is told of the whole case: it has no step."
            reader.refuse(f"{place}.step", "notification_event", message, event=words.on)
        if words.key in {other.key for other in found}:
            reader.refuse(place, "manifest_twice", f"The notification '{words.key}' is given twice.")
        for text in (words.title, words.text):
            for wrong in wrong_places(text):
                reader.refuse(place, "notification_place", _why(wrong), name=wrong)
        found.append(words)
    return tuple(found)


def wrong_places(text: str) -> list[str]:
    """Return what stands in braces and is no place, an unclosed brace too."""
    wrong = [name for name in _PLACE.findall(text) if name not in PLACES]
    rest = _PLACE.sub("", text)
    return wrong + [mark for mark in "{}" if mark in rest]


def _why(wrong: str) -> str:
    known = ", ".join(f"{{{name}}}" for name in PLACES)
    if "." in wrong:
        return f"'{{{wrong[:80]}}}' is a field: what people type never leaves the case. A message may say {known}."
    return f"'{{{wrong[:80]}}}' is no place of a message. It may say {known}."
