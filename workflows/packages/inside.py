"""What the rest of a package may say about a form: its fields by path, its facts, its expressions with their place."""

from collections.abc import Iterator

from workflows.engine.expressions import Expression
from workflows.forms import Field, Form


def fields_of(form: Form) -> dict[str, Field]:
    """Return everything that holds a value, by path; rows as well as what lies in them."""
    return {one.path: one for one in form.walk() if one.key}


def below(form: Form, path: str) -> list[Field]:
    """Return the fields inside the rows at a path."""
    return [one for one in form.walk() if one.key and one.path.startswith(f"{path}.")]


def facts_of(form: Form) -> frozenset[str]:
    """Return the names of the derived facts."""
    return frozenset(fact.name for fact in form.facts)


def expressions_of(form: Form) -> Iterator[tuple[str, Expression]]:
    """Return every expression with the id of what it belongs to."""
    for rule in (*form.checks, *form.advice):
        yield rule.id, rule.expression
    for fact in form.facts:
        yield fact.name, fact.formula
    for one in form.walk():
        for expression in (one.hide, one.expression):
            if expression is not None:
                yield one.key or one.id, expression
