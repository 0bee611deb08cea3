"""From form-js JSON to a form. Every fault is a finding with its place; nothing in a file ends in another error."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from workflows.engine import Finding
from workflows.forms import limits, rules
from workflows.forms.errors import FormRefused
from workflows.forms.form import OUTER_ROW, ROW, Field, Form
from workflows.forms.judging import judge, judge_size
from workflows.forms.report import Report, place_of
from workflows.forms.vocabulary import (
    ATTRIBUTES,
    FORM,
    MAX_COMPONENTS,
    MAX_DEPTH,
    MAX_LISTS,
    NAME,
    PROPERTIES,
    RESERVED,
    VALIDATE,
)


@lru_cache(maxsize=512)
def parse_form(content: bytes, key: str) -> Form:
    """Read a form; the same object for the same bytes. Raises FormRefused with all findings."""
    reading = _Reading(f"forms/{key}.json", content)
    form = reading.form(key)
    if form is None or reading.findings:
        raise FormRefused(reading.findings)
    return form


def lint_form(content: bytes, file: str) -> list[Finding]:
    """All findings of a form file, in the order of its lines; an empty list means that it can be used."""
    reading = _Reading(file, content)
    reading.form(file.rpartition("/")[2].removesuffix(".json"))
    return sorted(reading.findings, key=lambda finding: finding.line or 0)


class _Reading(Report):
    """Reads one file and collects the findings as it goes."""

    def __init__(self, file: str, content: bytes) -> None:
        super().__init__(file, content)
        self.ids: set[str] = set()
        self.components = 0

    def form(self, key: str) -> Form | None:
        document = self.document()
        if document is None:
            return None
        for name in document:
            if name not in FORM:
                self.refuse(None, "form_not_supported", f"The form has an unknown part {name!r}.", name=name)
        if document.get("type") != "default":
            self.refuse(None, "form_type", 'A form has "type": "default" at its top.')
        fields = self._components(document, "", 1, lists=0)
        form = Form(
            key=key,
            title=self.text(document, "title", None) or key,
            sha256=hashlib.sha256(self.content).hexdigest(),
            fields=fields,
            checks=rules.rules(self, document, "checks"),
            advice=rules.rules(self, document, "advice"),
            facts=rules.facts(self, document),
        )
        judge(form, self.refuse)
        if not self.findings:
            judge_size(form, self.refuse)
        return form

    def _components(
        self, owner: Mapping[str, Any], above: str, depth: int, *, lists: int
    ) -> tuple[Field, ...]:
        components = owner.get("components", [])
        place = owner.get("id") if isinstance(owner.get("id"), str) else None
        if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
            self.refuse(place, "form_components", "components is a list of objects.")
            return ()
        if depth > MAX_DEPTH:
            self.refuse(place, "form_too_deep", f"Components are nested deeper than {MAX_DEPTH} levels.")
            return ()
        fields = []
        for component in components:
            self.components += 1
            if self.components > MAX_COMPONENTS:
                self.refuse(place, "form_too_large", f"A form has at most {MAX_COMPONENTS} components.")
                break
            found = self._component(component, above, depth, lists=lists)
            if found is not None:
                fields.append(found)
        return tuple(fields)

    def _component(self, component: dict[str, Any], above: str, depth: int, *, lists: int) -> Field | None:
        kind = component.get("type")
        place = place_of(component)
        if not isinstance(kind, str) or kind not in ATTRIBUTES:
            self.refuse(
                place,
                "form_type",
                f"The component type {str(kind)[:40]!r} is not supported.",
                type=str(kind)[:40],
            )
            return None
        for name in component:
            if name not in ATTRIBUTES[kind]:
                self.refuse(place, "form_not_supported", f"{name!r} of a {kind} is not supported.", name=name)
        identifier = self.text(component, "id", place)
        if not identifier or identifier in self.ids:
            self.refuse(place, "form_id", f"A {kind} needs an id of its own in the form.")
        self.ids.add(identifier)
        if kind == "dynamiclist" and lists >= MAX_LISTS:
            message = (
                f"Rows are nested deeper than {MAX_LISTS} lists; make the innermost list a form of its own."
            )
            self.refuse(place, "form_nested_rows", message, limit=MAX_LISTS)
        key = self._key(component, kind, place)
        path = f"{above}.{key}" if above and key else key or above
        validate = self.section(component, "validate", VALIDATE.get(kind, frozenset()), place)
        properties = self.section(component, "properties", PROPERTIES.get(kind, frozenset()), place)
        rows = kind == "dynamiclist"
        if kind == "datetime":
            validate |= limits.days(self, component, place)
        if kind in ("group", "dynamiclist"):
            children = self._components(
                component, path if rows else above, depth + 1, lists=lists + 1 if rows else lists
            )
        else:
            children = ()
        options, options_from = limits.options(self, component, kind, properties, place)
        limits.check_limits(self, kind, validate, properties, place)
        subject = limits.subject(self, kind, properties, place)
        if subject == ROW and not lists:
            self.refuse(place, "form_personal", "personal: row is for fields of rows, each row a person.")
        if subject == OUTER_ROW and lists < MAX_LISTS:
            message = "personal: outer_row is for fields of a list inside a row; it is about the person of that row."
            self.refuse(place, "form_personal", message)
        layout, appearance = component.get("layout"), component.get("appearance")
        columns = layout.get("columns") if isinstance(layout, dict) else None
        look = appearance if isinstance(appearance, dict) else {}
        return Field(
            type=kind,
            id=identifier,
            key=key,
            path=path if key else "",
            label=self.text(component, "label", place),
            description=self.text(component, "description", place),
            text=self.text(component, "text", place),
            required=validate.get("required") is True,
            options=options,
            options_from=options_from,
            properties=properties,
            validate=validate,
            pattern=limits.pattern(self, validate, place),
            decimal_digits=limits.decimal_digits(self, component, kind, properties, place),
            default=component.get("defaultValue"),
            hide=rules.condition(self, component, place),
            expression=rules.formula(self, component, place) if kind == "expression" else None,
            columns=columns if type(columns) is int and 1 <= columns <= 16 else None,
            prefix=str(look.get("prefixAdder", "")),
            suffix=str(look.get("suffixAdder", "%" if properties.get("check") == "share" else "")),
            subject=subject,
            children=children,
        )

    def _key(self, component: Mapping[str, Any], kind: str, place: str | None) -> str:
        if kind in ("group", "text", "separator"):
            return ""
        name = "path" if kind == "dynamiclist" else "key"
        key = component.get(name)
        if not isinstance(key, str) or not NAME.fullmatch(key):
            message = f"A {kind} needs a {name} that is a FEEL name: letters, digits and underscores."
            self.refuse(place, "form_key", message, key=str(key)[:80])
            return ""
        if key in RESERVED:
            self.refuse(
                place, "form_key", f"The name {key} is taken; expressions use it for something else.", key=key
            )
        return key
