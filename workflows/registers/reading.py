"""Reading a declaration: every fault of the file is found, each with a rule and a place."""

import re
from typing import Any, Final

from workflows.engine import Finding
from workflows.reading import read_toml
from workflows.registers.declaration import MAX_TEXT, FieldDeclaration, RegisterDeclaration

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
TYPES: Final = frozenset({"text", "number", "date", "boolean", "option"})
MAX_FIELDS: Final = 60
MAX_STATES: Final = 30
FLAGS: Final = {"required": False, "listed": True, "searched": False, "public": False}


class RegisterRefused(Exception):
    """A declaration is wrong; `findings` names file, rule and place."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def parse_register(content: bytes, file: str) -> RegisterDeclaration:
    """Read a declaration; raise RegisterRefused with every fault found. The file bears the register's key."""
    reader = _Reader(file)
    try:
        declared = read_toml(content.decode("utf-8"))
    except (
        ValueError,
        RecursionError,
    ) as error:  # not UTF-8, not TOML, an impossible date, or nested too deeply
        reader.refuse("register.toml", f"{file} is no TOML document in UTF-8: {error}", None)
        raise RegisterRefused(reader.findings) from None
    declaration = reader.read(declared)
    if reader.findings or declaration is None:
        raise RegisterRefused(reader.findings)
    return declaration


class _Reader:
    """Collects every fault of one file instead of stopping at the first."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def refuse(self, rule: str, message: str, element: str | None) -> None:
        self.findings.append(Finding(self.file, element, None, rule, message, {}))

    def read(self, declared: dict[str, Any]) -> RegisterDeclaration | None:
        known = {
            "key",
            "title",
            "summary",
            "fields",
            "unique",
            "states",
            "transitions",
            "initial",
            "validity",
        }
        for name in declared.keys() - known:
            self.refuse("register.unknown_setting", f"The setting '{name}' is not known in a register.", name)
        key = self.name(declared.get("key"), "the register")
        title = self.text(declared.get("title"), "title", key)
        fields = self.fields(declared.get("fields"))
        keys = {field.key for field in fields}
        states, initial, transitions = self.states(declared)
        unique = self.unique(declared.get("unique", {}), keys)
        valid_from, valid_until, years = self.validity(declared.get("validity", {}), fields)
        summary = declared.get("summary", "")
        if not isinstance(summary, str):
            self.refuse("register.summary", "The summary of a register is a text.", key)
        if self.findings:
            return None
        return RegisterDeclaration(
            key, title, summary, fields, unique, states, initial, transitions, valid_from, valid_until, years
        )

    def name(self, value: Any, what: str) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        shown = value if isinstance(value, str) else None
        self.refuse(
            "register.name", f"The key of {what} is lower-case letters, digits and _: {value!r}.", shown
        )
        return "unnamed"

    def text(self, value: Any, setting: str, element: str) -> str:
        if isinstance(value, str) and 0 < len(value.strip()) <= 200:
            return value.strip()
        self.refuse(f"register.{setting}", f"'{element}' needs a {setting} of 1 to 200 characters.", element)
        return element

    def fields(self, value: Any) -> tuple[FieldDeclaration, ...]:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_FIELDS:
            self.refuse("register.fields", f"A register has 1 to {MAX_FIELDS} [[fields]].", None)
            return ()
        found = [self.one_field(item) for item in value]
        for key in {field.key for field in found if sum(other.key == field.key for other in found) > 1}:
            self.refuse("register.field_twice", f"The field '{key}' is declared twice.", key)
        return tuple(found)

    def one_field(self, item: Any) -> FieldDeclaration:
        item = item if isinstance(item, dict) else {}
        key = self.name(item.get("key"), "a field")
        known = {
            "key", "title", "type", "required", "listed", "searched", "public", "max_length", "options", "personal",
        }  # fmt: skip
        for name in item.keys() - known:
            self.refuse("register.unknown_setting", f"The setting '{name}' of '{key}' is not known.", key)
        if item.get("personal"):
            self.refuse("register.personal", f"'{key}' is personal: no field of a register may be.", key)
        kind = item.get("type", "text")
        if kind not in TYPES:
            self.refuse("register.type", f"'{key}' is one of {', '.join(sorted(TYPES))}, not {kind!r}.", key)
        options = item.get("options", {})
        if (kind == "option") != bool(options) or not isinstance(options, dict):
            self.refuse(
                "register.options", f"'{key}' lists its options exactly when its type is option.", key
            )
            options = {}
        flags = {name: item.get(name, default) for name, default in FLAGS.items()}
        for name, flag in flags.items():
            if not isinstance(flag, bool):
                self.refuse("register.flag", f"'{name}' of '{key}' is true or false.", key)
        length = item.get("max_length", 200)
        if not isinstance(length, int) or isinstance(length, bool) or not 0 < length <= MAX_TEXT:
            self.refuse("register.max_length", f"'max_length' of '{key}' is 1 to {MAX_TEXT}.", key)
            length = 200
        title = self.text(item.get("title"), "title", key)
        pairs = tuple((str(name), str(text)) for name, text in options.items())
        return FieldDeclaration(key, title, str(kind), **flags, max_length=length, options=pairs)

    def states(
        self, declared: dict[str, Any]
    ) -> tuple[tuple[tuple[str, str], ...], str, frozenset[tuple[str, str]]]:
        states = declared.get("states", {})
        if not isinstance(states, dict) or not 0 < len(states) <= MAX_STATES:
            self.refuse("register.states", "[states] maps 1 to 30 states to their titles.", None)
            return (), "", frozenset()
        pairs = tuple(
            (self.name(key, "a state"), self.text(title, "title", key)) for key, title in states.items()
        )
        initial = declared.get("initial", next(iter(states)))
        if initial not in states:
            self.refuse("register.initial", f"The initial state {initial!r} is not declared.", None)
        transitions = set()
        moves = declared.get("transitions", {})
        for was, targets in moves.items() if isinstance(moves, dict) else ():
            for to in targets if isinstance(targets, list) else [targets]:
                if was not in states or to not in states:
                    self.refuse(
                        "register.transition", f"{was!r} → {to!r} names a state that is not declared.", was
                    )
                transitions.add((str(was), str(to)))
        return pairs, str(initial), frozenset(transitions)

    def unique(self, value: Any, keys: set[str]) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, parts in value.items() if isinstance(value, dict) else ():
            parts = parts if isinstance(parts, list) else [parts]
            for part in parts:
                if part not in keys:
                    self.refuse("register.unique", f"The unique key '{name}' names no field: {part!r}.", name)
            found[str(name)] = tuple(str(part) for part in parts)
        return found

    def validity(
        self, value: Any, fields: tuple[FieldDeclaration, ...]
    ) -> tuple[str | None, str | None, str | None]:
        kinds = {field.key: field.type for field in fields}
        value = value if isinstance(value, dict) else {"": None}
        for name, part in value.items():
            wanted = {"from": {"date"}, "until": {"date"}, "years": {"number", "option", "text"}}.get(
                name, set()
            )
            if kinds.get(str(part)) not in wanted:
                self.refuse(
                    "register.validity",
                    "[validity] has 'from' and 'until', each a date field, and 'years', a number or option field.",
                    str(name),
                )
        return value.get("from"), value.get("until"), value.get("years")
