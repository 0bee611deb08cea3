"""One form file being read: its text, its findings with their lines, and the bounds of its JSON."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.engine import Finding
from workflows.forms.vocabulary import MAX_FILE


class Report:
    """Collects what is wrong with a form file."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.content = content
        self.source = ""
        self.findings: list[Finding] = []

    def refuse(self, element: str | None, rule: str, message: str, **params: Any) -> None:
        """Note a fault at a component, a rule or a fact."""
        self.findings.append(Finding(self.file, element, self._line(element), rule, message, params))

    def _line(self, element: str | None) -> int | None:
        if not element:
            return None
        found = re.search(
            r'"(?:id|key|path|name)"\s*:\s*' + re.escape(json.dumps(element, ensure_ascii=False)), self.source
        )
        return self.source.count("\n", 0, found.start()) + 1 if found else None

    def document(self) -> dict[str, Any] | None:
        """The JSON object of the file, or None after a finding."""
        if len(self.content) > MAX_FILE:
            self.refuse(None, "form_too_large", f"The file is larger than {MAX_FILE // 1024} KiB.")
            return None
        try:
            self.source = self.content.decode("utf-8-sig")
            document = json.loads(
                self.source, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats
            )
        except UnicodeDecodeError:
            self.refuse(None, "form_encoding", "The file is not UTF-8; save it as UTF-8.")
        except json.JSONDecodeError as error:
            message = f"The JSON cannot be read: {error.msg}."
            self.findings.append(Finding(self.file, None, error.lineno, "form_json", message))
        except (ValueError, RecursionError, InvalidOperation) as error:
            why = (
                str(error)
                if isinstance(error, _Refused)
                else "it is nested too deeply or holds an impossible number"
            )
            self.refuse(None, "form_json", f"The JSON cannot be read: {why}.")
        else:
            if isinstance(document, dict) and not _has_bad_characters(document):
                return document
            self.refuse(None, "form_json", "A form is a JSON object without control characters in its texts.")
        return None

    def section(
        self, component: Mapping[str, Any], name: str, known: frozenset[str], place: str | None
    ) -> dict[str, Any]:
        """A part of a component that is an object, with its known names only."""
        section = component.get(name, {})
        if not isinstance(section, dict):
            self.refuse(place, "form_not_supported", f"{name} is an object.")
            return {}
        for part in section:
            if part not in known:
                hint = "; use properties.check for mail and telephone" if part == "validationType" else ""
                self.refuse(
                    place, "form_not_supported", f"{part!r} in {name} is not supported here{hint}.", name=part
                )
        return {part: value for part, value in section.items() if part in known}

    def text(self, owner: Mapping[str, Any], name: str, place: str | None) -> str:
        """A text of a component, empty where there is none."""
        value = owner.get(name, "")
        if not isinstance(value, str) or len(value) > 5_000:
            self.refuse(place, "form_text", f"{name} is a text of at most 5,000 characters.")
            return ""
        return value


class _Refused(ValueError):
    """JSON that Python would read but we do not."""


def _no_constant(name: str) -> Any:
    message = f"{name} is no JSON number"
    raise _Refused(message)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        message = "a name stands twice in one object"
        raise _Refused(message)
    return document


def _has_bad_characters(document: Any) -> bool:
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if any(sign < "\t" or "\ud800" <= sign <= "\udfff" for sign in value):
                return True
        elif isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def place_of(component: Mapping[str, Any]) -> str | None:
    for name in ("id", "key", "path", "name"):
        if isinstance(component.get(name), str):
            return str(component[name])[:80]
    return None
