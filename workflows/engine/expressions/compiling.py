"""From tree to closures: each part becomes a Python function of (scope, meter); scopes.py knows the names."""

from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches
from operator import ge, gt, le, lt
from typing import Any

from lark import Token

from workflows.engine.expressions import values
from workflows.engine.expressions.functions import FUNCTIONS
from workflows.engine.expressions.operators import CALCULATIONS, any_true, both, comparison, fits
from workflows.engine.expressions.reading import Node, position_of, unquoted
from workflows.engine.expressions.scopes import Names, Part, Run, nodes_of, refuse, weight_of
from workflows.engine.expressions.temporal import (
    negated,
    read_date,
    read_date_and_time,
    read_duration,
    read_time,
)
from workflows.engine.expressions.values import ARITHMETIC, Meter, Value

MAX_DIGITS = 34


class Compiler(Names):
    """Turns one tree into closures; afterwards ``names`` and ``choices`` say what the expression reads."""

    # literals

    def _number(self, node: Node) -> Part:
        text = str(node.children[0])
        if len(text.replace(".", "")) > MAX_DIGITS:
            refuse("too_many_digits", node, f"A number has at most {MAX_DIGITS} digits.")
        return _constant(Decimal(text))

    def _string(self, node: Node) -> Part:
        return _constant(unquoted(str(node.children[0]), position_of(node)))

    def _date_literal(self, node: Node) -> Part:
        text = unquoted(str(node.children[0])[1:], position_of(node))
        value: Value = None
        for read in (read_date, read_date_and_time, read_time, read_duration):
            value = read(text) if value is None else value
        if value is None:
            message = f'{text!r} is not a date, a time or a duration; write @"2026-01-31", @"P3D" or @"PT4H".'
            refuse("bad_date", node, message)
        return _constant(value)

    def _true(self, _node: Node) -> Part:
        return _constant(True)

    def _false(self, _node: Node) -> Part:
        return _constant(False)

    def _null(self, _node: Node) -> Part:
        return _constant(None)

    def _list(self, node: Node) -> Part:
        parts = [self.use(child) for child in nodes_of(node)]
        runs = [part.run for part in parts]
        return Part(lambda scope, meter: [run(scope, meter) for run in runs], weight=weight_of(parts))

    def _context(self, node: Node) -> Part:
        entries: dict[str, Part] = {}
        for entry in nodes_of(node):
            token, value = entry.children
            key = (
                str(token)
                if isinstance(token, Token) and token.type == "NAME"
                else unquoted(str(token), position_of(entry))
            )
            if key in entries:
                refuse("repeated_key", entry, f"{key!r} stands twice in the context.")
            entries[key] = self.use(value)  # type: ignore[arg-type]
        runs = [(key, part.run) for key, part in entries.items()]
        return Part(
            lambda scope, meter: {key: run(scope, meter) for key, run in runs},
            weight=weight_of(list(entries.values())),
        )

    # logic

    def _any_of(self, node: Node) -> Part:
        return self._junction(node, deciding=True)

    def _all_of(self, node: Node) -> Part:
        return self._junction(node, deciding=False)

    def _junction(self, node: Node, *, deciding: bool) -> Part:
        parts = [self.use(child) for child in nodes_of(node)]
        runs = [part.run for part in parts]

        def junction(scope: Any, meter: Meter) -> Value:
            unknown = False
            for run in runs:
                answer = run(scope, meter)
                if answer is deciding:
                    return deciding
                if type(answer) is not bool:
                    unknown = True
            return None if unknown else not deciding

        return Part(junction, weight=weight_of(parts))

    def _negation(self, node: Node) -> Part:
        part = self.use(nodes_of(node)[0])
        run = part.run

        def negation(scope: Any, meter: Meter) -> Value:
            answer = run(scope, meter)
            return not answer if type(answer) is bool else None

        return Part(negation, weight=part.weight + 1)

    def _conditional(self, node: Node) -> Part:
        condition_node, then_node, else_node = nodes_of(node)
        condition, yes, no = self.use(condition_node), self.compile(then_node), self.compile(else_node)
        test, then_run, else_run = condition.run, yes.run, no.run
        return Part(
            lambda scope, meter: (
                then_run(scope, meter) if test(scope, meter) is True else else_run(scope, meter)
            ),
            yes.reads + no.reads,
            condition.weight + yes.weight + no.weight,
        )

    # comparison

    def _compare(self, node: Node) -> Part:
        left_node, operator, right_node = node.children
        left, right = self.use(left_node), self.use(right_node)  # type: ignore[arg-type]
        test = comparison(str(operator))
        one, other = left.run, right.run
        return Part(
            lambda scope, meter: test(one(scope, meter), other(scope, meter), meter),
            weight=left.weight + right.weight + 1,
        )

    def _between(self, node: Node) -> Part:
        parts = [self.use(child) for child in nodes_of(node)]
        value, low, high = (part.run for part in parts)

        def between(scope: Any, meter: Meter) -> Value:
            tried = value(scope, meter)
            return both(
                values.compared(ge, tried, low(scope, meter)), values.compared(le, tried, high(scope, meter))
            )

        return Part(between, weight=weight_of(parts))

    def _member(self, node: Node) -> Part:
        value_node, *test_nodes = nodes_of(node)
        value = self.use(value_node)
        tests = [self.test(test_node) for test_node in test_nodes]
        run, checks = value.run, [test for test, _ in tests]

        def member(scope: Any, meter: Meter) -> Value:
            return any_true(checks, run(scope, meter), scope, meter)

        return Part(member, weight=value.weight + sum(weight for _, weight in tests))

    def test(self, node: Node) -> tuple[Callable[[Value, Any, Meter], Value], int]:
        """A test of a given value, right of ``in`` or in a table cell, and its weight."""
        if node.data == "comparison_test":
            operator, operand_node = node.children
            operand = self.use(operand_node)  # type: ignore[arg-type]
            check, run = comparison(str(operator)), operand.run
            return lambda value, scope, meter: check(value, run(scope, meter), meter), operand.weight + 1
        if node.data == "range_test":
            return self._range(node)
        inner = nodes_of(node)[0]
        part = self.use(inner)
        run = part.run
        if any(child.data == "question" for child in inner.iter_subtrees()):
            return lambda _value, scope, meter: run(scope, meter), part.weight
        return lambda value, scope, meter: fits(value, run(scope, meter), meter), part.weight + 1

    def _range(self, node: Node) -> tuple[Callable[[Value, Any, Meter], Value], int]:
        opening, low_node, high_node, closing = node.children
        low, high = self.use(low_node), self.use(high_node)  # type: ignore[arg-type]
        above, below = (ge if opening == "[" else gt), (le if closing == "]" else lt)
        low_run, high_run = low.run, high.run

        def inside(value: Value, scope: Any, meter: Meter) -> Value:
            return both(
                values.compared(above, value, low_run(scope, meter)),
                values.compared(below, value, high_run(scope, meter)),
            )

        return inside, low.weight + high.weight + 1

    # arithmetic and calls

    def _chain(self, node: Node) -> Part:
        first, *rest = node.children
        part = self.use(first)  # type: ignore[arg-type]
        total = part.run
        weight = part.weight
        steps: list[tuple[Callable[[Value, Value], Value], Run]] = []
        for operator, operand_node in zip(rest[::2], rest[1::2], strict=True):
            operand = self.use(operand_node)  # type: ignore[arg-type]
            weight += operand.weight + 1
            steps.append((CALCULATIONS[str(operator)], operand.run))
        if len(steps) == 1:
            calculate, right = steps[0]
            return Part(
                lambda scope, meter: calculate(total(scope, meter), right(scope, meter)), weight=weight
            )

        def chain(scope: Any, meter: Meter) -> Value:
            result = total(scope, meter)
            for calculate_next, run in steps:
                result = calculate_next(result, run(scope, meter))
            return result

        return Part(chain, weight=weight)

    def _negative(self, node: Node) -> Part:
        part = self.use(nodes_of(node)[0])
        run = part.run

        def negative(scope: Any, meter: Meter) -> Value:
            value = run(scope, meter)
            amount = values.number(value)
            return negated(value) if amount is None else ARITHMETIC.minus(amount)

        return Part(negative, weight=part.weight + 1)

    def _call(self, node: Node) -> Part:
        token, *argument_nodes = node.children
        name = " ".join(str(token).split())
        function = FUNCTIONS.get(name)
        if function is None:
            refuse("unknown_function", node, _unknown_function(name))
        if not function.least <= len(argument_nodes) <= function.most or (
            name in ("date", "time") and len(argument_nodes) == 2
        ):
            expected = (
                str(function.least)
                if function.least == function.most
                else f"{function.least} to {function.most}"
            )
            refuse("wrong_arguments", node, f"{name} takes {expected} arguments, not {len(argument_nodes)}.")
        parts = [self._argument(name, argument) for argument in argument_nodes]  # type: ignore[arg-type]
        runs, work, weight = [part.run for part in parts], function.run, weight_of(parts) + 2
        if len(runs) == 1:
            only = runs[0]
            return Part(lambda scope, meter: work(only(scope, meter), meter), weight=weight)
        return Part(lambda scope, meter: work(*[run(scope, meter) for run in runs], meter), weight=weight)

    def _argument(self, name: str, node: Node) -> Part:
        """``count(lines[amount > 3])`` needs the rows and their amounts, not every field of the rows."""
        if name == "count" and node.data == "filter":
            before = set(self.names)
            part = self.compile(node)
            if any(path.startswith(read.path + ".") for read in part.reads for path in self.names - before):
                return part
        return self.use(node)


def _constant(value: Value) -> Part:
    return Part(lambda _scope, _meter: value)


def _unknown_function(name: str) -> str:
    near = get_close_matches(name, FUNCTIONS, n=1)
    if near:
        return f"There is no function {name}; did you mean {near[0]}?"
    return f"There is no function {name}; the functions are {', '.join(sorted(FUNCTIONS))} and not."
