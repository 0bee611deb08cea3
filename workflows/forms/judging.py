"""What the parts of a form say about each other: names that expressions read, keys, defaults."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from workflows.engine.expressions import Expression
from workflows.forms.file_rules import file_rules
from workflows.forms.form import Field, Form, flat, personal_paths, rows_limit, walk
from workflows.forms.vocabulary import GIVEN_NAMES, MAX_ANSWERS, NAME

Refuse = Callable[..., None]


def judge(form: Form, refuse: Refuse) -> None:
    """Report what is wrong between the parts of a form that could be read each for itself."""
    _keys(form.fields, refuse)
    _pages(form, refuse)
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


def _pages(form: Form, refuse: Refuse) -> None:
    """A form has pages as a whole or not at all: what stood beside them would be on none."""
    top = {one.id for one in form.pages}
    for one in form.walk():
        if one.type == "group" and "page" in one.properties and one.id not in top:
            refuse(one.id, "form_page", "A page is a group at the top of the form, and its page a name.")
    keys = Counter(str(one.properties["page"]) for one in form.pages)
    for one in form.pages:
        key = one.properties["page"]
        if not isinstance(key, str) or not NAME.fullmatch(key) or keys[key] > 1:
            refuse(one.id, "form_page", "The page of a group is a name of letters, digits and underscores, once.")
        if not one.label:
            refuse(one.id, "form_page", "A page needs a label: it is the title of the page.")
    for one in form.fields if form.pages else ():
        if one.id not in top:
            refuse(one.key or one.id, "form_page", f"{one.key or one.id} stands on no page of the form.")


def judge_size(form: Form, refuse: Refuse) -> None:
    """Report a form whose fullest answers no page could post and no draft keep; its limits are sound ones."""
    most = fullest(form.fields)
    if most > MAX_ANSWERS:
        message = (
            f"The fullest answers have {most:,} rows and values, at most {MAX_ANSWERS:,} can be kept; "
            "give the lists a smaller maxRows, or split the form."
        )
        refuse(None, "form_too_large", message, answers=most, limit=MAX_ANSWERS)


def fullest(fields: tuple[Field, ...]) -> int:
    """How many rows and values the fullest answers have: all rows, all files, all boxes ticked."""
    most = 0
    for one in flat(fields):
        if one.type == "dynamiclist":
            most += rows_limit(one) * (1 + fullest(one.children))
        elif one.type == "filepicker":
            most += file_rules(one).files
        elif one.answered:
            most += len(one.options) if one.type == "checklist" else 1
    return most


def _rows_of(fields: tuple[Field, ...], wanted: Field) -> str:
    """The path of the nearest rows around a component that has no key of its own."""
    for one in fields:
        if one.type in ("dynamiclist", "group") and any(child is wanted for child in walk(one.children)):
            return _rows_of(one.children, wanted) or (one.path if one.type == "dynamiclist" else "")
    return ""


def _within(path: str, above: str) -> list[str]:
    """What a name may mean inside rows: of the form, of the row, of the row around the row."""
    levels = above.split(".") if above else []
    return [".".join([*levels[:deep], path]) for deep in range(len(levels) + 1)]


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
        if names.intersection(_within(path, above)):
            return True
        if not dot and first in GIVEN_NAMES and (first != "today" or today):
            return True
        if names.intersection(_within(first, above)):
            continue  # a field of this form, but without such a part
        if dot:
            return True
    return False


def _not_personal(one: Field, above: str, personal: frozenset[str], refuse: Refuse) -> None:
    assert one.expression is not None  # noqa: S101 - the caller looked
    for path in one.expression.names:
        if personal.intersection(_within(path, above)):
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
