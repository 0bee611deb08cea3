"""TOML files of a package, read strictly: what is not known is refused, with its place and line."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from typing import Any, Final

from workflows.engine import Finding

MAX_FILE_BYTES: Final = 1024 * 1024
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
MAX_KEY_DOTS: Final = 64
_LINE: Final = re.compile(r"at line (\d+)")
_PIECES: Final = re.compile(r"[=,{}\[\]\n]")


def read_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document. Raises tomllib.TOMLDecodeError, RecursionError.

    A key of very many parts is refused before: tomllib's time grows with the square of their number.
    """
    if any(piece.count(".") > MAX_KEY_DOTS for piece in _PIECES.split(text)):
        message = f"a key has at most {MAX_KEY_DOTS} dots"
        raise tomllib.TOMLDecodeError(message)
    return tomllib.loads(text)


class TomlReader:
    """One TOML file. Collects every fault as a finding instead of stopping at the first.

    A place is the dotted way to a setting, such as ``tasks.review.outcomes[1].kind``.
    """

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.text = ""
        self.document: dict[str, Any] = self._parse(content)

    def refuse(
        self, place: str | None, rule: str, message: str, line: int | None = None, **params: Any
    ) -> None:
        """Note a fault. Without a line it is the first line that names the last part of the place."""
        self.findings.append(Finding(self.file, place, line or self.line_of(place), rule, message, params))

    def line_of(self, place: str | None) -> int | None:
        """Return the line where a setting is most likely written; tomllib keeps no positions."""
        if not place:
            return None
        lines = self.text.splitlines()
        start = 0
        found = None
        for part in re.split(r"\.|\[\d+\]", place):
            if not part:
                continue
            pattern = re.compile(rf"(^|[^\w])\"?{re.escape(part)}\"?\s*(=|\]|\.)")
            hit = next((at for at in range(start, len(lines)) if pattern.search(lines[at])), None)
            if hit is not None:
                start = found = hit
        return None if found is None else found + 1

    def table(self, value: Any, place: str, known: Iterable[str]) -> dict[str, Any]:
        """Return a table; refuse anything else, and every key that is not known here."""
        if not isinstance(value, dict):
            self.refuse(place or None, "toml_type", f"'{place}' is a table.")
            return {}
        allowed = set(known)
        for key in value:
            if key not in allowed:
                at = f"{place}.{key}" if place else key
                close = difflib.get_close_matches(key, allowed, 1)
                hint = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(sorted(allowed))}."
                self.refuse(at, "unknown_key", f"'{key[:80]}' is not known here. {hint}", key=key[:80])
        return value

    def named_tables(self, value: Any, place: str) -> dict[str, Any]:
        """Return a table of tables by name; refuse names that are no identifiers."""
        if not isinstance(value, dict):
            self.refuse(place, "toml_type", f"'{place}' is a table.")
            return {}
        found = {}
        for name, item in value.items():
            if NAME.fullmatch(name):
                found[name] = item
            else:
                self.refuse(
                    f"{place}.{name}", "bad_name", f"'{name}' is no name: letters, digits and _.", name=name
                )
        return found

    def string(
        self, table: dict[str, Any], key: str, place: str, *, limit: int = 200, default: str | None = None
    ) -> str:
        """Return a text of 1 to `limit` characters; without a default it must be there."""
        if key not in table and default is not None:
            return default
        value = table.get(key)
        if isinstance(value, str) and 0 < len(value.strip()) <= limit:
            return value.strip()
        at = f"{place}.{key}" if place else key
        self.refuse(at, "toml_text", f"'{at}' is a text of 1 to {limit} characters.", limit=limit)
        return default or key

    def name(self, table: dict[str, Any], key: str, place: str) -> str:
        """Return a name: letters, digits and _, at most 64."""
        value = table.get(key)
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        at = f"{place}.{key}" if place else key
        self.refuse(at, "bad_name", f"'{at}' is a name of letters, digits and _.")
        return key

    def whole(
        self, table: dict[str, Any], key: str, place: str, low: int, high: int, default: int | None
    ) -> int | None:
        """Return a whole number in a range, or the default."""
        if key not in table:
            return default
        value = table[key]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        at = f"{place}.{key}" if place else key
        self.refuse(at, "toml_number", f"'{at}' is a whole number from {low} to {high}.")
        return default

    def flag(self, table: dict[str, Any], key: str, place: str) -> bool:
        """Return true or false; false when it is not there."""
        value = table.get(key, False)
        if isinstance(value, bool):
            return value
        self.refuse(f"{place}.{key}", "toml_type", f"'{place}.{key}' is true or false.")
        return False

    def strings(
        self, table: dict[str, Any], key: str, place: str, default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """Return a list of texts."""
        if key not in table:
            return default
        value = table[key]
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        at = f"{place}.{key}" if place else key
        self.refuse(at, "toml_type", f"'{at}' is a list of texts.")
        return default

    def tables(self, table: dict[str, Any], key: str, place: str) -> list[Any]:
        """Return a list of tables, empty when it is not there."""
        value = table.get(key, [])
        if isinstance(value, list):
            return value
        at = f"{place}.{key}" if place else key
        self.refuse(at, "toml_type", f"'{at}' is a list of tables.")
        return []

    def _parse(self, content: bytes) -> dict[str, Any]:
        if len(content) > MAX_FILE_BYTES:
            self.refuse(None, "file_too_large", f"{self.file} is larger than {MAX_FILE_BYTES} bytes.")
            return {}
        try:
            self.text = content.decode("utf-8")
            return read_toml(self.text)
        except UnicodeDecodeError:
            self.refuse(None, "toml_encoding", f"{self.file} is not text in UTF-8.")
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            where = _LINE.search(str(error))
            line = int(where[1]) if where else None
            self.refuse(None, "toml_syntax", f"{self.file} is no TOML document: {error}.", line)
        except ValueError as error:
            self.refuse(None, "toml_syntax", f"{self.file} holds a value that cannot be read: {error}.")
        return {}
