"""What a form shows, computes and advises, given the answers so far: read from its expressions, nothing is kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.engine.expressions import Expression, ExpressionError
from workflows.forms.form import Check, Fact, Field, Form, flat, walk

Answers = Mapping[str, Any]

# A condition may read a field that another condition hides; after so many rounds whatever holds is taken.
_ROUNDS = 6


def hidden_paths(
    form: Form, answers: Answers, control: Answers, concealed: frozenset[str] = frozenset()
) -> set[str]:
    """The paths that conditions hide now, ``lines[0].mail`` in rows; a component without key goes by its id.

    ``concealed`` are paths that the task does not see whatever the conditions say.
    """
    return settle(form, answers, control, concealed)[0]


def compute(
    form: Form, answers: Answers, control: Answers, concealed: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The values of the computed fields by path; null where something is missing yet."""
    return settle(form, answers, control, concealed)[1]


def advices(
    form: Form,
    answers: Answers,
    control: Answers,
    today: date | None = None,
    concealed: frozenset[str] = frozenset(),
    settled: tuple[set[str], dict[str, Any]] | None = None,
) -> list[str]:
    """The ids of the advice that applies now. ``today`` matters to facts that count days; ``settled`` saves the work."""
    if not form.advice:
        return []
    hidden, computed = settled or settle(form, answers, control, concealed)
    scope = scope_of(form, complete(form, answers, hidden, computed), control)
    scope |= facts_of(form, scope if today is None else scope | {"today": today})
    return [rule.id for rule in form.advice if holds(rule, scope)]


def holds(rule: Check, scope: Answers) -> bool:
    """Whether the sentence is true; a sentence that cannot be decided is not."""
    return value_of(rule.expression, scope) is True


def value_of(expression: Expression, scope: Answers) -> Any:
    """The value, null where the evaluation went past a bound."""
    try:
        return expression.evaluate(scope)
    except ExpressionError:
        return None


def facts_of(form: Form, scope: Answers) -> dict[str, Any]:
    """The derived facts. A formula that gives another kind than declared gives null."""
    return {fact.name: _typed(fact, value_of(fact.formula, scope)) for fact in form.facts}


def _typed(fact: Fact, value: Any) -> Any:
    if fact.type == "boolean":
        return value if isinstance(value, bool) else None
    if fact.type == "number":
        return value if isinstance(value, Decimal) else None
    if fact.type == "date":
        return value if type(value) is date else None
    return value if value in fact.options else None


def scope_of(form: Form, answers: Answers, control: Answers, today: date | None = None) -> dict[str, Any]:
    """The names that an expression of the form finds: other steps' control values, the day, the form's own fields."""
    scope = dict(control)
    if today is not None:
        scope["today"] = today
    scope.update(dict.fromkeys(_keys(form.fields)))
    scope.update(answers)
    return scope


def settle(
    form: Form, answers: Answers, control: Answers, concealed: frozenset[str] = frozenset()
) -> tuple[set[str], dict[str, Any]]:
    """Hidden paths and computed values that agree with each other: what is hidden counts as not answered."""
    hidden: set[str] = set(concealed)
    computed: dict[str, Any] = {}
    for _ in range(_ROUNDS):
        computed = _computed(form, answers, control, hidden)
        scope = scope_of(form, complete(form, answers, hidden, computed), control)
        found: set[str] = set(concealed)
        _hide(form.fields, scope, "", found, above_hidden=False)
        if found == hidden:
            break
        hidden = found
    return hidden, computed


def complete(form: Form, answers: Answers, hidden: set[str], computed: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without the hidden ones and with the computed ones; nothing given is changed."""
    return _level(form.fields, answers, "", hidden, computed)


def _level(
    fields: tuple[Field, ...], answers: Answers, above: str, hidden: set[str], computed: Mapping[str, Any]
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for one in flat(fields):
        path = f"{above}{one.key}"
        if not one.key or path in hidden:
            continue
        if one.type == "expression":
            if computed.get(path) is not None:
                kept[one.key] = computed[path]
        elif one.type == "dynamiclist":
            rows = answers.get(one.key)
            if isinstance(rows, list):
                kept[one.key] = [
                    _level(
                        one.children,
                        row if isinstance(row, Mapping) else {},
                        f"{path}[{place}].",
                        hidden,
                        computed,
                    )
                    for place, row in enumerate(rows)
                ]
        elif answers.get(one.key) is not None:
            kept[one.key] = answers[one.key]
    return kept


def _hide(
    fields: tuple[Field, ...], scope: Answers, above: str, found: set[str], *, above_hidden: bool
) -> None:
    for one in fields:
        hidden = above_hidden or (one.hide is not None and value_of(one.hide, scope) is True)
        path = f"{above}{one.key or one.id}"
        if hidden:
            found.add(path)
        if one.type == "group":
            _hide(one.children, scope, above, found, above_hidden=hidden)
        elif one.type == "dynamiclist" and not hidden:
            rows = scope.get(one.key)
            if isinstance(rows, list):
                blank = dict.fromkeys(_keys(one.children))
                for place, row in enumerate(rows):
                    _hide(
                        one.children,
                        {**scope, **blank, **row},
                        f"{path}[{place}].",
                        found,
                        above_hidden=False,
                    )


def _computed(form: Form, answers: Answers, control: Answers, hidden: set[str]) -> dict[str, Any]:
    """Computed fields in the order of the form, so that a total may add up computed amounts of the rows above it."""
    if not any(one.type == "expression" for one in form.walk()):
        return {}
    # They are shown to everybody, so they never see personal answers.
    plain = without_personal(form.fields, complete(form, answers, hidden, {}))
    values: dict[str, Any] = {}
    scope = scope_of(form, plain, control)
    _compute(form.fields, scope, scope, "", hidden, values)
    return values


def _compute(
    fields: tuple[Field, ...],
    scope: dict[str, Any],
    level: dict[str, Any],
    above: str,
    hidden: set[str],
    values: dict[str, Any],
) -> None:
    for one in flat(fields):
        path = f"{above}{one.key}"
        if path in hidden:
            continue
        if one.expression is not None:
            values[path] = scope[one.key] = level[one.key] = value_of(one.expression, scope)
        elif one.type == "dynamiclist" and any(child.expression is not None for child in walk(one.children)):
            blank = dict.fromkeys(_keys(one.children))
            for place, row in enumerate(level.get(one.key) or []):
                _compute(one.children, {**scope, **blank, **row}, row, f"{path}[{place}].", hidden, values)


def without_personal(fields: tuple[Field, ...], answers: Answers) -> dict[str, Any]:
    """The answers without what is personal; rows keep their places."""
    kept: dict[str, Any] = {}
    for one in flat(fields):
        if one.subject is not None or one.key not in answers:
            continue
        value = answers[one.key]
        if one.type == "dynamiclist":
            value = [without_personal(one.children, row) for row in value or []]
        kept[one.key] = value
    return kept


def _keys(fields: tuple[Field, ...]) -> list[str]:
    return [one.key for one in flat(fields) if one.key]
