"""The fields of a form as the rest of a package may refer to them, by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

INPUTS: Final = frozenset({
    "textfield", "number", "select", "radio", "checkbox", "checklist", "textarea", "datetime", "filepicker",
    "expression", "dynamiclist",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormField:
    """A field that takes part in answers. `path` joins the keys of rows and field; `options` is what `fields:…` names."""

    path: str
    type: str
    personal: bool
    required: bool
    options: str | None


@dataclass(frozen=True, slots=True)
class FormOutline:
    """What lint needs of a form: its fields by path, its derived facts, and every expression with its place."""

    key: str
    fields: Mapping[str, FormField]
    facts: frozenset[str]
    expressions: tuple[tuple[str, str], ...]

    def inside(self, path: str) -> list[FormField]:
        """Return the fields below a path of rows."""
        return [field for field in self.fields.values() if field.path.startswith(f"{path}.")]


def outline(key: str, document: Mapping[str, Any]) -> FormOutline:
    """Return the outline of a form that passed lint_form."""
    fields = {field.path: field for field in _fields(document.get("components", []), "")}
    facts = frozenset(str(fact["name"]) for fact in document.get("facts", []))
    return FormOutline(key, fields, facts, tuple(_expressions(document)))


def _fields(components: list[dict[str, Any]], above: str) -> Iterator[FormField]:
    for component in components:
        kind = component.get("type", "")
        rows = component.get("path")
        key = rows or component.get("key")
        path = f"{above}.{key}" if above and key else key or above
        if kind in INPUTS and key:
            properties = component.get("properties", {})
            personal = kind == "textarea" or bool(properties.get("personal"))
            required = bool(component.get("validate", {}).get("required"))
            yield FormField(path, kind, personal, required, properties.get("options"))
        yield from _fields(component.get("components", []), path if rows else above)


def _expressions(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for check in (*document.get("checks", []), *document.get("advice", [])):
        yield check["id"], check["expression"]
    for fact in document.get("facts", []):
        yield fact["name"], fact["formula"]
    yield from _of_components(document.get("components", []))


def _of_components(components: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        place = component.get("key") or component.get("path") or component.get("id", "")
        hide = component.get("conditional", {}).get("hide")
        if isinstance(hide, str):
            yield place, hide.removeprefix("=")
        formula = component.get("expression")
        if isinstance(formula, str):
            yield place, formula.removeprefix("=")
        yield from _of_components(component.get("components", []))
