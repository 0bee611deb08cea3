"""A decision table that was read: it is pure, and answers with what it gave and which rules said so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from workflows.engine.decisions.errors import DecisionError
from workflows.engine.expressions import Expression, Months, UnaryTests, compile_expression
from workflows.engine.expressions.values import STEPS, Meter, equal

# typeRef of FEEL and the names that modelers write for the same kinds
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (Decimal, int),
    "integer": (Decimal, int),
    "long": (Decimal, int),
    "double": (Decimal, int),
    "boolean": (bool,),
    "date": (date,),
    "dateTime": (datetime,),
    "date and time": (datetime,),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input column: its expression, and the values it allows where the table lists them."""

    id: str
    label: str
    expression: Expression
    allowed: UnaryTests | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """One output column; ``kind`` is its typeRef or an empty string, ``order`` its values from the highest priority."""

    id: str
    name: str
    label: str
    kind: str = ""
    allowed: UnaryTests | None = None
    order: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the tests of its input cells, the expressions of its output cells (None: empty, null)."""

    id: str
    line: int
    tests: tuple[UnaryTests, ...]
    results: tuple[Expression | None, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """What a table decided: ``outputs`` is a context, or a list of contexts for COLLECT without aggregation."""

    outputs: Any
    rule_ids: tuple[str, ...]
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """Hit policies UNIQUE, FIRST, ANY, PRIORITY and COLLECT (all matches, or their SUM, MIN, MAX, COUNT).

    Shared between threads.
    """

    id: str
    name: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    names: frozenset[str] = field(default_factory=frozenset)
    choices: frozenset[tuple[str, ...]] = field(default_factory=frozenset)

    def evaluate(self, context: Mapping[str, Any]) -> Hit:
        """Decide on this context.

        No matching rule gives nulls (COLLECT: an empty list, COUNT 0). Raises DecisionError when two rules of a UNIQUE
        table match, rules of an ANY table differ, a value is not among those the table allows, or an output has another
        type than declared; ExpressionError past a bound.
        """
        meter: Meter = [STEPS * 5]
        values = [column.expression.evaluate(context, meter) for column in self.inputs]
        inputs = {column.expression.text: value for column, value in zip(self.inputs, values, strict=True)}
        for column, value in zip(self.inputs, values, strict=True):
            if value is not None and column.allowed and not column.allowed.accept(value, context, meter):
                self._fail("not_allowed", f"{column.label} is not one of the values that the table allows.")
        matched = []
        for rule in self.rules:
            if all(
                test.accept(value, context, meter) for test, value in zip(rule.tests, values, strict=True)
            ):
                matched.append(rule)
                if self.hit_policy == "FIRST":
                    break
        if self.hit_policy == "UNIQUE" and len(matched) > 1:
            ids = " and ".join(rule.id for rule in matched[:2])
            self._fail("not_unique", f"Rules {ids} match together, but the table is UNIQUE.")
        rows = [self._row(rule, context, meter) for rule in matched]
        if self.hit_policy == "ANY":
            self._agree(matched, rows, meter)
        if self.hit_policy == "PRIORITY" and rows:
            ranks = [self._rank(row, meter) for row in rows]
            best = ranks.index(min(ranks))
            rows, matched = [rows[best]], [matched[best]]
        return Hit(self._outputs(rows), tuple(rule.id for rule in matched), inputs)

    def _agree(self, matched: list[Rule], rows: list[dict[str, Any]], meter: Meter) -> None:
        for rule, row in zip(matched, rows, strict=True):
            if equal(row, rows[0], meter) is not True:
                ids = f"{matched[0].id} and {rule.id}"
                self._fail(
                    "not_any", f"Rules {ids} match together with different results, but the table is ANY."
                )

    def _rank(self, row: dict[str, Any], meter: Meter) -> tuple[int, ...]:
        """The places of a row's values in the order of their columns: smaller is before, a null is last."""
        ranks = []
        for column in self.outputs:
            if column.order:
                places = (
                    at for at, one in enumerate(column.order) if equal(one, row[column.name], meter) is True
                )
                ranks.append(next(places, len(column.order)))
        return tuple(ranks)

    def _row(self, rule: Rule, context: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for column, result in zip(self.outputs, rule.results, strict=True):
            value = None if result is None else result.evaluate(context, meter)
            if type(value) in _NOT_KEPT:
                self._fail(
                    "wrong_type", f"Rule {rule.id} gives {column.name} a duration or a time; use string(…)."
                )
            if value is not None:
                kinds = TYPES.get(column.kind)
                if kinds and type(value) not in kinds:
                    self._fail(
                        "wrong_type", f"Rule {rule.id} gives {column.name} a value that is no {column.kind}."
                    )
                if column.allowed and not column.allowed.accept(value, context, meter):
                    self._fail(
                        "not_allowed",
                        f"Rule {rule.id} gives {column.name} a value that the table does not allow.",
                    )
            row[column.name] = value
        return row

    def _outputs(self, rows: list[dict[str, Any]]) -> Any:
        if self.hit_policy != "COLLECT":
            return rows[0] if rows else {column.name: None for column in self.outputs}
        if self.aggregation is None:
            return rows
        name = self.outputs[0].name
        if self.aggregation == "COUNT":
            return {name: Decimal(len(rows))}
        combined = _AGGREGATIONS[self.aggregation].evaluate({"found": [row[name] for row in rows]})
        return {name: combined}

    def _fail(self, code: str, message: str) -> None:
        raise DecisionError(code=code, message=f"Decision {self.id}: {message}")


# Kinds that expressions know and the data of a process does not.
_NOT_KEPT = frozenset({time, timedelta, Months})
_AGGREGATIONS = {name: compile_expression(f"{name.lower()}(found)") for name in ("SUM", "MIN", "MAX")}
