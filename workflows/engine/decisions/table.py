"""A decision table that was read: it is pure, and answers with what it gave and which rules said so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workflows.engine.decisions.errors import DecisionError
from workflows.engine.expressions import Expression, UnaryTests, compile_expression
from workflows.engine.expressions.values import STEPS, Meter

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
    """One output column; ``kind`` is its typeRef or an empty string."""

    id: str
    name: str
    label: str
    kind: str = ""
    allowed: UnaryTests | None = None


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
    """Hit policies UNIQUE, FIRST and COLLECT (all matches, or their SUM, MIN, MAX, COUNT). Shared between threads."""

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
        table match, a value is not among those the table allows, or an output has another type than declared;
        ExpressionError past a bound.
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
        return Hit(self._outputs(rows), tuple(rule.id for rule in matched), inputs)

    def _row(self, rule: Rule, context: Mapping[str, Any], meter: Meter) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for column, result in zip(self.outputs, rule.results, strict=True):
            value = None if result is None else result.evaluate(context, meter)
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


_AGGREGATIONS = {name: compile_expression(f"{name.lower()}(found)") for name in ("SUM", "MIN", "MAX")}
