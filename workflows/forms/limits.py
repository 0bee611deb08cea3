"""What a component allows: lengths, ranges, files, options, patterns, whose datum it is."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.forms.checks import CHECKS
from workflows.forms.form import Option
from workflows.forms.patterns import Pattern, PatternRefused
from workflows.forms.report import Report
from workflows.forms.typed import as_date
from workflows.forms.vocabulary import (
    DECIMAL_DIGITS,
    FILES_CEILING,
    MAX_OPTIONS,
    MEDIA_TYPES,
    MONEY_DIGITS,
    NUMBER_CHECKS,
    OPTION_VALUE,
    ROWS_CEILING,
    SIZE_CEILING_MB,
    TEXT_CEILING,
    TODAY,
)

_SUBJECT = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
_FIELDS_OF = re.compile(r"fields:([a-z][a-z0-9_]{0,62})", re.ASCII)


def options(
    report: Report, component: Mapping[str, Any], kind: str, properties: Mapping[str, Any], place: str | None
) -> tuple[tuple[Option, ...], str | None]:
    """The choices of a component: listed ones, or the form whose fields are offered."""
    source = properties.get("options")
    if source is not None:
        found = _FIELDS_OF.fullmatch(source) if isinstance(source, str) else None
        if found is None or component.get("values"):
            report.refuse(place, "form_options", 'options is "fields:<form>", and then there are no values.')
            return (), None
        return (), found.group(1)
    if kind not in ("select", "radio", "checklist"):
        return (), None
    values = component.get("values")
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_OPTIONS:
        report.refuse(place, "form_options", f"A {kind} needs 1 to {MAX_OPTIONS} values.")
        return (), None
    options: list[Option] = []
    for entry in values:
        value, label = (entry.get("value"), entry.get("label")) if isinstance(entry, dict) else (None, None)
        if not isinstance(value, str) or not isinstance(label, str) or not OPTION_VALUE.fullmatch(value):
            report.refuse(
                place,
                "form_options",
                "Each value is {label, value}; the value has letters, digits, . _ -",
            )
        elif any(value == option.value for option in options):
            report.refuse(place, "form_options", f"The value {value!r} stands twice.", value=value)
        else:
            options.append(Option(value, label))
    return tuple(options), None


def check_limits(
    report: Report, kind: str, validate: Mapping[str, Any], properties: Mapping[str, Any], place: str | None
) -> None:
    """Report limits that are no limits, and checks and file types that do not exist."""
    for name, ceiling in (
        ("minLength", TEXT_CEILING),
        ("maxLength", TEXT_CEILING),
        ("minRows", ROWS_CEILING),
    ):
        _whole(report, validate, name, ceiling, place)
    for section in (validate, properties):
        _whole(report, section, "maxRows", ROWS_CEILING, place, least=1)
    _whole(report, properties, "maxFiles", FILES_CEILING, place, least=1)
    required = validate.get("required", False)
    if type(required) is not bool:
        report.refuse(place, "form_validate", "required is true or false.")
    for name in ("min", "max"):
        if name in validate and _decimal(validate[name]) is None:
            report.refuse(place, "form_validate", f"{name} is a number.")
    for low, high in (("min", "max"), ("minLength", "maxLength"), ("minRows", "maxRows")):
        least, most = _decimal(validate.get(low)), _decimal(validate.get(high))
        if least is not None and most is not None and least > most:
            report.refuse(place, "form_validate", f"{low} is larger than {high}, so no answer fits.")
    _check_files(report, kind, properties, place)
    check = properties.get("check")
    known = NUMBER_CHECKS if kind == "number" else CHECKS.keys()
    if check is not None and (not isinstance(check, str) or check not in known):
        message = f"There is no check {str(check)[:40]!r} of a {kind}; there are {', '.join(sorted(known))}."
        report.refuse(place, "form_check_unknown", message, check=str(check)[:40])
    money = properties.get("money")
    if money is not None and (not isinstance(money, str) or money not in MONEY_DIGITS):
        report.refuse(place, "form_validate", f"money is one of {', '.join(MONEY_DIGITS)}.")
    _check_days(report, properties, place)


def _check_days(report: Report, properties: Mapping[str, Any], place: str | None) -> None:
    given = {name: properties[name] for name in ("earliest", "latest") if name in properties}
    for name, value in given.items():
        if value != TODAY and as_date(value) is None:
            report.refuse(place, "form_validate", f"{name} is a day, YYYY-MM-DD, or {TODAY}.", name=name)
    days = {name: as_date(value) for name, value in given.items()}
    if (first := days.get("earliest")) and (last := days.get("latest")) and first > last:
        report.refuse(place, "form_validate", "earliest is later than latest, so no day fits.")


def _check_files(report: Report, kind: str, properties: Mapping[str, Any], place: str | None) -> None:
    size = properties.get("maxSizeMB", 1)
    if kind == "filepicker" and not (type(size) in (int, Decimal) and 0 < size <= SIZE_CEILING_MB):
        report.refuse(place, "form_validate", f"maxSizeMB is a number up to {SIZE_CEILING_MB}.")
    types = properties.get("types")
    if types is not None and not (
        isinstance(types, str) and _kinds(types) and _kinds(types) <= MEDIA_TYPES.keys()
    ):
        report.refuse(
            place, "form_validate", f"types is a list with commas of {', '.join(sorted(MEDIA_TYPES))}."
        )


def _whole(
    report: Report,
    section: Mapping[str, Any],
    name: str,
    ceiling: int,
    place: str | None,
    *,
    least: int = 0,
) -> None:
    value = section.get(name, 1)
    if type(value) is not int or not least <= value <= ceiling:
        report.refuse(
            place, "form_validate", f"{name} is a whole number from {least} to {ceiling}.", name=name
        )


def decimal_digits(
    report: Report,
    component: Mapping[str, Any],
    kind: str,
    properties: Mapping[str, Any],
    place: str | None,
) -> int | None:
    """How many decimals a number has, None where the form does not say; an amount of money has those of its unit."""
    digits = component.get("decimalDigits")
    if kind != "number":
        return None
    if digits is None:
        money = properties.get("money")
        return MONEY_DIGITS.get(money) if isinstance(money, str) else None
    if type(digits) is not int or not 0 <= digits <= DECIMAL_DIGITS:
        report.refuse(place, "form_validate", f"decimalDigits is a whole number up to {DECIMAL_DIGITS}.")
        return None
    return digits


def days(report: Report, component: Mapping[str, Any], place: str | None) -> dict[str, Any]:
    """What a date field adds to its rules."""
    if component.get("subtype", "date") != "date":
        report.refuse(place, "form_not_supported", "A datetime holds a date only; its subtype is date.")
    passed = component.get("disallowPassedDates", False)
    if type(passed) is not bool:
        report.refuse(place, "form_validate", "disallowPassedDates is true or false.")
    return {"disallowPassedDates": passed is True}


def pattern(report: Report, validate: Mapping[str, Any], place: str | None) -> Pattern | None:
    """The pattern of a text field."""
    text = validate.get("pattern")
    if text is None or text == "":
        return None
    try:
        return Pattern(text) if isinstance(text, str) else None
    except PatternRefused as refusal:
        report.refuse(place, "form_pattern", str(refusal), pattern=text[:200])
        return None


def subject(report: Report, kind: str, properties: Mapping[str, Any], place: str | None) -> str | None:
    """Whose personal datum the answer is, None for a plain one."""
    subject = properties.get("personal")
    if subject is None:
        # Free text is personal without being marked: it belongs to whoever wrote it.
        return "author" if kind == "textarea" else None
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        report.refuse(
            place,
            "form_personal",
            "personal names whose datum it is: applicant, row, or a name such as contact.",
        )
        return "unknown"
    return subject


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
