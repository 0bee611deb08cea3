"""From form-js JSON to a form. Every fault is a finding with its place; nothing in a file ends in another error."""

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from workflows.engine import Finding
from workflows.engine.expressions import Expression, ExpressionError, compile_expression
from workflows.forms.checks import CHECKS
from workflows.forms.errors import FormRefused
from workflows.forms.form import Check, Fact, Field, Form, Option
from workflows.forms.judging import judge
from workflows.forms.patterns import Pattern, PatternRefused
from workflows.forms.vocabulary import (
    ATTRIBUTES,
    DECIMAL_DIGITS,
    FACT_TYPES,
    FILES_CEILING,
    FORM,
    MAX_COMPONENTS,
    MAX_DEPTH,
    MAX_FILE,
    MAX_OPTIONS,
    MAX_RULES,
    MEDIA_TYPES,
    PROPERTIES,
    RESERVED,
    ROWS_CEILING,
    SIZE_CEILING_MB,
    TEXT_CEILING,
    VALIDATE,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
_SUBJECT = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
_FIELDS_OF = re.compile(r"fields:([a-z][a-z0-9_]{0,62})", re.ASCII)
_OPTION = re.compile(r"[A-Za-z0-9_.\-]{1,100}", re.ASCII)


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


class _Reading:
    """Reads one file and collects the findings as it goes."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file = file
        self.content = content
        self.text = ""
        self.findings: list[Finding] = []
        self.ids: set[str] = set()
        self.components = 0

    def refuse(self, element: str | None, rule: str, message: str, **params: Any) -> None:
        self.findings.append(Finding(self.file, element, self._line(element), rule, message, params))

    def _line(self, element: str | None) -> int | None:
        if not element:
            return None
        found = re.search(
            r'"(?:id|key|path|name)"\s*:\s*' + re.escape(json.dumps(element, ensure_ascii=False)), self.text
        )
        return self.text.count("\n", 0, found.start()) + 1 if found else None

    def form(self, key: str) -> Form | None:
        document = self._document()
        if document is None:
            return None
        for name in document:
            if name not in FORM:
                self.refuse(None, "form_not_supported", f"The form has an unknown part {name!r}.", name=name)
        if document.get("type") != "default":
            self.refuse(None, "form_type", 'A form has "type": "default" at its top.')
        fields = self._components(document, "", 1, in_rows=False)
        form = Form(
            key=key,
            title=self._text(document, "title", None) or key,
            sha256=hashlib.sha256(self.content).hexdigest(),
            fields=fields,
            checks=self._rules(document, "checks"),
            advice=self._rules(document, "advice"),
            facts=self._facts(document),
        )
        judge(form, self.refuse)
        return form

    def _document(self) -> dict[str, Any] | None:
        if len(self.content) > MAX_FILE:
            self.refuse(None, "form_too_large", f"The file is larger than {MAX_FILE // 1024} KiB.")
            return None
        try:
            self.text = self.content.decode("utf-8-sig")
            document = json.loads(
                self.text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_no_repeats
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

    # components

    def _components(
        self, owner: Mapping[str, Any], above: str, depth: int, *, in_rows: bool
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
            found = self._component(component, above, depth, in_rows=in_rows)
            if found is not None:
                fields.append(found)
        return tuple(fields)

    def _component(self, component: dict[str, Any], above: str, depth: int, *, in_rows: bool) -> Field | None:
        kind = component.get("type")
        place = _place(component)
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
        identifier = self._text(component, "id", place)
        if not identifier or identifier in self.ids:
            self.refuse(place, "form_id", f"A {kind} needs an id of its own in the form.")
        self.ids.add(identifier)
        if kind == "dynamiclist" and in_rows:
            self.refuse(place, "form_nested_rows", "Rows inside rows are not supported.")
        key = self._key(component, kind, place)
        path = f"{above}.{key}" if above and key else key or above
        validate = self._section(component, "validate", VALIDATE.get(kind, frozenset()), place)
        properties = self._section(component, "properties", PROPERTIES.get(kind, frozenset()), place)
        rows = kind == "dynamiclist"
        if kind == "datetime":
            validate |= self._days(component, place)
        if kind in ("group", "dynamiclist"):
            children = self._components(
                component, path if rows else above, depth + 1, in_rows=in_rows or rows
            )
        else:
            children = ()
        options, options_from = self._options(component, kind, properties, place)
        self._limits(kind, validate, properties, place)
        layout, appearance = component.get("layout"), component.get("appearance")
        columns = layout.get("columns") if isinstance(layout, dict) else None
        look = appearance if isinstance(appearance, dict) else {}
        return Field(
            type=kind,
            id=identifier,
            key=key,
            path=path if key else "",
            label=self._text(component, "label", place),
            description=self._text(component, "description", place),
            text=self._text(component, "text", place),
            required=validate.get("required") is True,
            options=options,
            options_from=options_from,
            properties=properties,
            validate=validate,
            pattern=self._pattern(validate, place),
            decimal_digits=self._decimal_digits(component, kind, place),
            default=component.get("defaultValue"),
            hide=self._condition(component, place),
            expression=self._formula(component, place) if kind == "expression" else None,
            columns=columns if type(columns) is int and 1 <= columns <= 16 else None,
            prefix=str(look.get("prefixAdder", "")),
            suffix=str(look.get("suffixAdder", "")),
            subject=self._subject(kind, properties, place),
            children=children,
        )

    def _key(self, component: Mapping[str, Any], kind: str, place: str | None) -> str:
        if kind in ("group", "text", "separator"):
            return ""
        name = "path" if kind == "dynamiclist" else "key"
        key = component.get(name)
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            message = f"A {kind} needs a {name} that is a FEEL name: letters, digits and underscores."
            self.refuse(place, "form_key", message, key=str(key)[:80])
            return ""
        if key in RESERVED:
            self.refuse(
                place, "form_key", f"The name {key} is taken; expressions use it for something else.", key=key
            )
        return key

    def _section(
        self, component: Mapping[str, Any], name: str, known: frozenset[str], place: str | None
    ) -> dict[str, Any]:
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

    def _text(self, owner: Mapping[str, Any], name: str, place: str | None) -> str:
        value = owner.get(name, "")
        if not isinstance(value, str) or len(value) > 5_000:
            self.refuse(place, "form_text", f"{name} is a text of at most 5,000 characters.")
            return ""
        return value

    def _options(
        self, component: Mapping[str, Any], kind: str, properties: Mapping[str, Any], place: str | None
    ) -> tuple[tuple[Option, ...], str | None]:
        source = properties.get("options")
        if source is not None:
            found = _FIELDS_OF.fullmatch(source) if isinstance(source, str) else None
            if found is None or component.get("values"):
                self.refuse(
                    place, "form_options", 'options is "fields:<form>", and then there are no values.'
                )
                return (), None
            return (), found.group(1)
        if kind not in ("select", "radio", "checklist"):
            return (), None
        values = component.get("values")
        if not isinstance(values, list) or not 1 <= len(values) <= MAX_OPTIONS:
            self.refuse(place, "form_options", f"A {kind} needs 1 to {MAX_OPTIONS} values.")
            return (), None
        options: list[Option] = []
        for entry in values:
            value, label = (
                (entry.get("value"), entry.get("label")) if isinstance(entry, dict) else (None, None)
            )
            if not isinstance(value, str) or not isinstance(label, str) or not _OPTION.fullmatch(value):
                self.refuse(
                    place,
                    "form_options",
                    "Each value is {label, value}; the value has letters, digits, . _ -",
                )
            elif any(value == option.value for option in options):
                self.refuse(place, "form_options", f"The value {value!r} stands twice.", value=value)
            else:
                options.append(Option(value, label))
        return tuple(options), None

    # limits

    def _limits(
        self, kind: str, validate: Mapping[str, Any], properties: Mapping[str, Any], place: str | None
    ) -> None:
        for name, ceiling in (
            ("minLength", TEXT_CEILING),
            ("maxLength", TEXT_CEILING),
            ("minRows", ROWS_CEILING),
        ):
            self._whole(validate, name, ceiling, place)
        for section in (validate, properties):
            self._whole(section, "maxRows", ROWS_CEILING, place)
        self._whole(properties, "maxFiles", FILES_CEILING, place)
        required = validate.get("required", False)
        if type(required) is not bool:
            self.refuse(place, "form_validate", "required is true or false.")
        for name in ("min", "max"):
            if name in validate and _decimal(validate[name]) is None:
                self.refuse(place, "form_validate", f"{name} is a number.")
        size = properties.get("maxSizeMB", 1)
        if kind == "filepicker" and not (type(size) in (int, Decimal) and 0 < size <= SIZE_CEILING_MB):
            self.refuse(place, "form_validate", f"maxSizeMB is a number up to {SIZE_CEILING_MB}.")
        types = properties.get("types")
        if types is not None and not (
            isinstance(types, str) and _kinds(types) and _kinds(types) <= MEDIA_TYPES.keys()
        ):
            self.refuse(
                place, "form_validate", f"types is a list with commas of {', '.join(sorted(MEDIA_TYPES))}."
            )
        check = properties.get("check")
        if check is not None and (not isinstance(check, str) or check not in CHECKS):
            message = f"There is no check {str(check)[:40]!r}; there are {', '.join(sorted(CHECKS))}."
            self.refuse(place, "form_check_unknown", message, check=str(check)[:40])

    def _whole(self, section: Mapping[str, Any], name: str, ceiling: int, place: str | None) -> None:
        value = section.get(name, 1)
        if type(value) is not int or not 0 <= value <= ceiling:
            self.refuse(place, "form_validate", f"{name} is a whole number up to {ceiling}.", name=name)

    def _decimal_digits(self, component: Mapping[str, Any], kind: str, place: str | None) -> int | None:
        digits = component.get("decimalDigits")
        if kind != "number" or digits is None:
            return None
        if type(digits) is not int or not 0 <= digits <= DECIMAL_DIGITS:
            self.refuse(place, "form_validate", f"decimalDigits is a whole number up to {DECIMAL_DIGITS}.")
            return None
        return digits

    def _days(self, component: Mapping[str, Any], place: str | None) -> dict[str, Any]:
        if component.get("subtype", "date") != "date":
            self.refuse(place, "form_not_supported", "A datetime holds a date only; its subtype is date.")
        passed = component.get("disallowPassedDates", False)
        if type(passed) is not bool:
            self.refuse(place, "form_validate", "disallowPassedDates is true or false.")
        return {"disallowPassedDates": passed is True}

    def _pattern(self, validate: Mapping[str, Any], place: str | None) -> Pattern | None:
        text = validate.get("pattern")
        if text is None or text == "":
            return None
        try:
            return Pattern(text) if isinstance(text, str) else None
        except PatternRefused as refusal:
            self.refuse(place, "form_pattern", str(refusal), pattern=text[:200])
            return None

    def _subject(self, kind: str, properties: Mapping[str, Any], place: str | None) -> str | None:
        subject = properties.get("personal")
        if subject is None:
            # Free text is personal without being marked: it belongs to whoever wrote it.
            return "author" if kind == "textarea" else None
        if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
            self.refuse(
                place,
                "form_personal",
                "personal names whose datum it is: applicant, row, or a name such as contact.",
            )
            return "unknown"
        return subject

    # expressions

    def _condition(self, component: Mapping[str, Any], place: str | None) -> Expression | None:
        conditional = component.get("conditional")
        if conditional is None:
            return None
        if not isinstance(conditional, dict) or not conditional.keys() <= {"hide"}:
            self.refuse(place, "form_not_supported", "conditional has one part, hide.")
            return None
        text = conditional.get("hide")
        if text is None or text == "":
            return None
        if not isinstance(text, str) or not text.startswith("="):
            self.refuse(place, "form_expression", "hide is an expression that begins with =.")
            return None
        return self._expression(text[1:], place, offset=1)

    def _formula(self, component: Mapping[str, Any], place: str | None) -> Expression | None:
        text = component.get("expression")
        if not isinstance(text, str) or not text.startswith("="):
            self.refuse(place, "form_expression", "expression begins with =.")
            return None
        return self._expression(text[1:], place, offset=1)

    def _expression(self, text: Any, place: str | None, offset: int = 0) -> Expression | None:
        if not isinstance(text, str):
            self.refuse(place, "form_expression", "An expression is a text.")
            return None
        try:
            return compile_expression(text)
        except ExpressionError as error:
            position = error.position + offset
            message = f"{error.message} ({text[:60]!r}, character {position + 1})"
            self.refuse(place, "expression_" + error.code, message, position=position, text=text[:200])
            return None

    def _rules(self, document: Mapping[str, Any], name: str) -> tuple[Check, ...]:
        rules: list[Check] = []
        for entry in self._entries(document, name, {"id", "expression", "message"}):
            identifier = entry.get("id")
            if not isinstance(identifier, str) or not _NAME.fullmatch(identifier):
                self.refuse(None, "form_rule", f"Each of {name} needs an id that is a name.")
                continue
            if identifier in {rule.id for rule in rules}:
                self.refuse(identifier, "form_rule", f"The id {identifier} stands twice in {name}.")
            if not isinstance(entry.get("message"), str) or not entry["message"].strip():
                self.refuse(identifier, "form_rule", f"{identifier} needs a message.")
                continue
            text = entry.get("expression")
            expression = self._expression(
                text.removeprefix("=") if isinstance(text, str) else text, identifier
            )
            if expression is not None:
                rules.append(Check(identifier, expression, entry["message"]))
        return tuple(rules)

    def _facts(self, document: Mapping[str, Any]) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for entry in self._entries(document, "facts", {"name", "type", "formula", "options"}):
            name, kind = entry.get("name"), entry.get("type")
            if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
                self.refuse(None, "form_fact", "Each fact needs a name that is a FEEL name and not taken.")
                continue
            if kind not in FACT_TYPES:
                self.refuse(
                    name, "form_fact", f"The type of {name} is one of {', '.join(sorted(FACT_TYPES))}."
                )
                continue
            options = entry.get("options", [])
            if not isinstance(options, list) or not all(
                isinstance(one, str) and _OPTION.fullmatch(one) for one in options
            ):
                self.refuse(name, "form_fact", "options is a list of short codes.")
                continue
            if (kind == "option") != bool(options):
                self.refuse(
                    name, "form_fact", f"{name}: a fact of type option lists its options, no other does."
                )
            text = entry.get("formula")
            formula = self._expression(text.removeprefix("=") if isinstance(text, str) else text, name)
            if formula is not None:
                facts.append(Fact(name, kind, formula, tuple(options)))
        return tuple(facts)

    def _entries(self, document: Mapping[str, Any], name: str, known: set[str]) -> list[dict[str, Any]]:
        entries = document.get(name, [])
        if (
            not isinstance(entries, list)
            or len(entries) > MAX_RULES
            or not all(isinstance(one, dict) for one in entries)
        ):
            self.refuse(None, "form_rule", f"{name} is a list of at most {MAX_RULES} objects.")
            return []
        for entry in entries:
            for part in entry.keys() - known:
                self.refuse(
                    _place(entry), "form_not_supported", f"{part!r} in {name} is not supported.", name=part
                )
        return entries


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


def _place(component: Mapping[str, Any]) -> str | None:
    for name in ("id", "key", "path", "name"):
        if isinstance(component.get(name), str):
            return str(component[name])[:80]
    return None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _kinds(types: str) -> set[str]:
    return {kind.strip().lower() for kind in types.split(",") if kind.strip()}
