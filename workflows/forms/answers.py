"""Answers on their way in: strict when they are handed in, lenient while they are a draft."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from workflows.forms.cells import MAX_NAMES
from workflows.forms.conditions import Answers, complete, facts_of, holds, scope_of, settle
from workflows.forms.errors import ErrorCode, InvalidForm
from workflows.forms.form import Check, Field, Form, flat, plain_path, rows_limit
from workflows.forms.schema import load_typed
from workflows.forms.submission import Submission, people_of, submission_of
from workflows.forms.surroundings import AttachmentInfo, Surroundings
from workflows.forms.typed import as_date, as_decimal, clean_text, row_id
from workflows.forms.vocabulary import ROW_ID, TEXT_CEILING, TEXT_LIMIT

Errors = dict[str, list[ErrorCode]]


def load_answers(
    form: Form,
    answers: Mapping[str, Any],
    *,
    control: Mapping[str, Any],
    files: Mapping[UUID, AttachmentInfo],
    today: date,
    choices: Mapping[str, Collection[str]] | None = None,
    people: Collection[UUID] | None = None,
    concealed: frozenset[str] = frozenset(),
) -> Submission:
    """Check and type what was handed in.

    ``control`` holds the control values of the other steps and the chosen ``outcome``; ``choices`` the field paths of
    other forms that a select offers (``options: "fields:<form>"``); ``people`` the ids that rows may have, None to
    take any; ``concealed`` what the task does not see. Raises InvalidForm with every fault by path.
    """
    typed, errors = load_typed(form, answers, Surroundings(today, files, choices or {}, people))
    hidden, computed = settle(form, typed, control, concealed)
    given = _refuse_hidden(form, answers, hidden, errors)
    full = complete(form, typed, hidden, computed)
    _require(form.fields, full, "", hidden, errors)
    _refuse_repeated_files(form.fields, full, errors)
    rows = people_of(form, full, typed)
    _refuse_repeated_people(rows, errors)
    scope = scope_of(form, full, control, today)
    facts = facts_of(form, scope)
    scope |= facts
    broken = {plain_path(path) for path in errors} - given
    for rule in form.checks:
        if not _reads_any(rule, broken) and not holds(rule, scope):
            errors.setdefault("", []).append(ErrorCode("check", {"check": rule.id, "message": rule.message}))
    if errors:
        raise InvalidForm(errors)
    return submission_of(form, full, facts, rows)


def _refuse_hidden(form: Form, answers: Mapping[str, Any], hidden: set[str], errors: Errors) -> set[str]:
    """A hidden field with an answer is refused, and no other fault of it is told."""
    told: set[str] = set()
    given = _given(form.fields, answers, "")
    for path in sorted(hidden):
        for inner in [one for one in errors if one == path or one.startswith((f"{path}[", f"{path}."))]:
            del errors[inner]
        if path in given:
            errors[path] = [ErrorCode("hidden_field")]
            told.add(plain_path(path))
    return told


def _given(fields: tuple[Field, ...], answers: Any, above: str) -> set[str]:
    """The paths of everything that was answered, sound or not."""
    given: set[str] = set()
    if not isinstance(answers, Mapping):
        return given
    for one in flat(fields):
        value = answers.get(one.key)
        if value is None or value == "" or value == []:
            continue
        given.add(f"{above}{one.key}")
        if one.type == "dynamiclist" and isinstance(value, list):
            for place, row in enumerate(value[: rows_limit(one)]):
                given |= _given(one.children, row, f"{above}{one.key}[{place}].")
    return given


def _require(
    fields: tuple[Field, ...], answers: Answers, above: str, hidden: set[str], errors: Errors
) -> None:
    for one in flat(fields):
        path = f"{above}{one.key}"
        if not one.key or path in hidden:
            continue
        value = answers.get(one.key)
        if one.type == "dynamiclist":
            rows = value or []
            least = max(int(one.validate.get("minRows", 0)), 1 if one.required else 0)
            if len(rows) < least and path not in errors:
                errors[path] = [ErrorCode("required" if not rows else "too_few_rows", {"limit": least})]
            for place, row in enumerate(rows):
                if f"{path}[{place}]" in errors:
                    continue
                _require(one.children, row, f"{path}[{place}].", hidden, errors)
        elif one.required and path not in errors and (value is None or value is False):
            errors[path] = [ErrorCode("must_agree" if one.type == "checkbox" else "required")]


def _refuse_repeated_files(fields: tuple[Field, ...], answers: Answers, errors: Errors) -> None:
    seen: set[UUID] = set()

    def look(level: tuple[Field, ...], values: Answers, above: str) -> None:
        for one in flat(level):
            value = values.get(one.key)
            path = f"{above}{one.key}"
            if one.type == "dynamiclist":
                for place, row in enumerate(value or []):
                    look(one.children, row, f"{path}[{place}].")
            elif one.type == "filepicker" and value:
                if seen & set(value):
                    errors.setdefault(path, []).append(ErrorCode("file_repeated"))
                seen.update(value)

    look(fields, answers, "")


def _refuse_repeated_people(rows: Mapping[str, UUID | None], errors: Errors) -> None:
    """Two rows with one id would put the values of two people under one key."""
    seen: set[UUID] = set()
    for path, person in rows.items():
        if person in seen:
            errors.setdefault(f"{path}.{ROW_ID}", []).append(ErrorCode("row_repeated"))
        elif person is not None:
            seen.add(person)


def _reads_any(rule: Check, broken: set[str]) -> bool:
    """A check about an answer that is faulty anyway would only say the same thing twice."""
    return any(
        path in broken or any(path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in broken)
        for path in rule.expression.names
    )


def load_draft(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed so far, typed as far as it can be read; nothing of a known field is dropped.

    Raises InvalidForm for unknown names, values of an impossible shape, and texts or lists past every limit.
    """
    errors: Errors = {}
    kept = _draft_level(form.fields, answers, "", errors)
    _refuse_repeated_people(people_of(form, kept, kept), errors)
    if errors:
        raise InvalidForm(errors)
    return kept


def _draft_level(fields: tuple[Field, ...], answers: Any, above: str, errors: Errors) -> dict[str, Any]:
    if not isinstance(answers, Mapping) or len(answers) > MAX_NAMES:
        errors[above.rstrip(".")] = [ErrorCode("wrong_type")]
        return {}
    known = {one.key: one for one in flat(fields) if one.answered or one.type == "dynamiclist"}
    kept: dict[str, Any] = {}
    for name, value in answers.items():
        path = f"{above}{str(name)[:100]}".encode("utf-8", "replace").decode()
        one = known.get(name)
        if one is None:
            if len(errors) < 200:
                errors[path] = [ErrorCode("unknown_field")]
            continue
        try:
            found = (
                _draft_rows(one, value, path, errors)
                if one.type == "dynamiclist"
                else draft_value(one, value)
            )
        except ValidationError as error:
            errors[path] = [fault for fault in error.messages if isinstance(fault, ErrorCode)]
            continue
        if found is not None:
            kept[one.key] = found
    return kept


def _draft_rows(one: Field, value: Any, path: str, errors: Errors) -> list[dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        errors[path] = [ErrorCode("wrong_type")]
        return None
    if len(value) > rows_limit(one):
        errors[path] = [ErrorCode("too_many_rows", {"limit": rows_limit(one), "count": len(value)})]
        return None
    return [_draft_row(one, row, f"{path}[{place}].", errors) for place, row in enumerate(value)]


def _draft_row(rows: Field, row: Any, above: str, errors: Errors) -> dict[str, Any]:
    if not rows.holds_people or not isinstance(row, Mapping) or ROW_ID not in row:
        return _draft_level(rows.children, row, above, errors)
    kept = _draft_level(
        rows.children, {name: value for name, value in row.items() if name != ROW_ID}, above, errors
    )
    try:
        person = row_id(row[ROW_ID])
    except ValidationError:
        errors[f"{above}{ROW_ID}"] = [ErrorCode("row_unknown")]
    else:
        kept |= {} if person is None else {ROW_ID: person}
    return kept


def draft_value(one: Field, value: Any) -> Any:
    """One answer as a draft keeps it, right or wrong. Raises ValidationError past every limit."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list) and one.type in ("checklist", "filepicker"):
        if len(value) > 500:
            raise ValidationError([ErrorCode("wrong_type")])
        return [clean_text(str(part) if isinstance(part, UUID) else part, 200, lines=False) for part in value]
    if one.type == "number":
        number = as_decimal(value)
        if number is not None and -40 <= number.adjusted() < 40 and len(number.as_tuple().digits) <= 60:
            return number
    if one.type == "datetime":
        day = as_date(value)
        if day is not None:
            return day
    if isinstance(value, UUID):
        return str(value)
    lines = one.type == "textarea"
    return _draft_text(value, lines=lines)


def _draft_text(value: Any, *, lines: bool) -> str:
    limit = TEXT_CEILING if lines else TEXT_LIMIT
    if not isinstance(value, str):
        raise ValidationError([ErrorCode("wrong_type")])
    clean_text(value, limit, lines=lines)
    return value.replace("\r\n", "\n")
