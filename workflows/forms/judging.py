"""What the parts of a form say about each other: names that expressions read, keys, defaults."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from workflows.engine.expressions import Expression
from workflows.forms.form import Field, Form, flat, personal_paths, walk
from workflows.forms.vocabulary import GIVEN_NAMES

Refuse = Callable[..., None]


def judge(form: Form, refuse: Refuse) -> None:
    """Report what is wrong between the parts of a form that could be read each for itself."""
    _keys(form.fields, refuse)
    names = {one.path for one in form.walk() if one.key}
    facts = [fact.name for fact in form.facts]
    for name, count in Counter(facts).items():
        if count > 1 or name in names:
            refuse(name, "form_fact", f"The fact {name} has the name of another fact or of a field.")
    personal = personal_paths(form)
    for one in form.walk():
        above = one.path.rpartition(".")[0] if one.key else _rows_of(form.fields, one)
        if not one.key and (f"{above}.{one.id}" if above else one.id) in names:
            # What has no key is hidden by its id, so the two must not be mixed up.
            refuse(
                one.id,
                "form_id",
                f"The id {one.id} of a {one.type} is also the key of a field; give it another id.",
            )
        if one.hide is not None:
            _reads(one.hide, one.key or one.id, names, above, refuse)
        if one.expression is not None:
            _reads(one.expression, one.key, names, above, refuse)
            _not_personal(one, above, personal, refuse)
        _default(one, refuse)
    for rule in (*form.checks, *form.advice):
        _reads(rule.expression, rule.id, names | set(facts), "", refuse, today=rule in form.checks)
    for fact in form.facts:
        _reads(fact.formula, fact.name, names, "", refuse, today=True)


def _keys(fields: tuple[Field, ...], refuse: Refuse) -> None:
    level = list(flat(fields))
    for key, count in Counter(one.key for one in level if one.key).items():
        if count > 1:
            refuse(key, "form_key", f"The key {key} stands twice.", key=key)
    for one in level:
        if one.type == "dynamiclist":
            if not any(child.answered for child in walk(one.children)):
                refuse(one.key, "form_components", f"The rows {one.key} have no field.")
            _keys(one.children, refuse)


def _rows_of(fields: tuple[Field, ...], wanted: Field) -> str:
    """The path of the rows around a component that has no key of its own."""
    for one in fields:
        if one.type == "dynamiclist" and any(child is wanted for child in walk(one.children)):
            return one.path
        if one.type == "group":
            found = _rows_of(one.children, wanted)
            if found:
                return found
    return ""


def _reads(
    expression: Expression, place: str, names: set[str], above: str, refuse: Refuse, *, today: bool = False
) -> None:
    """Names without a dot are fields of this form; a dotted one may be another step's and is judged by the package."""
    doubtful = {path for choice in expression.choices for path in choice}
    for path in sorted(expression.names - doubtful):
        if not _known([path], names, above, today=today):
            refuse(
                place,
                "form_name_unknown",
                f"The expression reads {path}, which is no field of this form.",
                name=path,
            )
    for choice in sorted(expression.choices):
        if not _known(choice, names, above, today=today):
            refuse(
                place,
                "form_name_unknown",
                f"The expression reads {choice[0]}, which is no field of this form.",
                name=choice[0],
            )


def _known(paths: Iterable[str], names: set[str], above: str, *, today: bool) -> bool:
    for path in paths:
        first, dot, _ = path.partition(".")
        if path in names or (above and f"{above}.{path}" in names):
            return True
        if not dot and first in GIVEN_NAMES and (first != "today" or today):
            return True
        if first in names or (above and f"{above}.{first}" in names):
            continue  # a field of this form, but without such a part
        if dot:
            return True
    return False


def _not_personal(one: Field, above: str, personal: frozenset[str], refuse: Refuse) -> None:
    assert one.expression is not None  # noqa: S101 - the caller looked
    for path in one.expression.names:
        if path in personal or (above and f"{above}.{path}" in personal):
            message = (
                f"{path} is personal, and a computed field is shown to everybody; declare a fact instead."
            )
            refuse(one.key, "form_personal", message, name=path)


def _default(one: Field, refuse: Refuse) -> None:
    default: Any = one.default
    if default is None or default == "":
        return
    allowed = {option.value for option in one.options}
    if one.type in ("select", "radio"):
        good = isinstance(default, str) and (default in allowed or one.options_from is not None)
    elif one.type == "checklist":
        good = isinstance(default, list) and all(
            isinstance(value, str) and value in allowed for value in default
        )
    elif one.type == "checkbox":
        good = isinstance(default, bool)
    elif one.type in ("textfield", "textarea", "datetime"):
        good = isinstance(default, str)
    else:
        good = one.type == "number" and not isinstance(default, bool | list | dict)
    if not good:
        refuse(one.key, "form_default", f"The default value of {one.key} is not one that can be answered.")
