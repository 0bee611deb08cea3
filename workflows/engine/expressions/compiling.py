"""From tree to closures: each part becomes a Python function of (scope, meter), and the names it reads are collected.

Scopes are nested pairs: the context that the caller gives, and around it ``(item, outer)`` for every filter,
quantifier or table cell. Which pair a name belongs to is decided here, once; only a name inside a filter has to look
at run time whether the item has it.
"""

from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches
from operator import ge, gt, le, lt
from typing import Any, NamedTuple, NoReturn

from lark import Token

from workflows.engine.expressions import values
from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.functions import FUNCTIONS, read_date, read_date_and_time
from workflows.engine.expressions.reading import Node, position_of, unquoted
from workflows.engine.expressions.values import ARITHMETIC, Meter, Value, step_into

Run = Callable[[Any, Meter], Value]

MAX_DIGITS = 34
_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Read(NamedTuple):
    """A dotted path that a part may stand for; ``sure`` is False where the name may belong to a filter's items or not."""

    path: str
    sure: bool


class Part(NamedTuple):
    """A compiled part: how to run it, which paths its value is (not yet counted as read), how much it costs."""

    run: Run
    reads: tuple[Read, ...] = ()
    weight: int = 1


class Frame(NamedTuple):
    """One nested scope: a filter (``name`` None), a quantifier's variable, or ``?`` in a table cell."""

    name: str | None
    reads: tuple[Read, ...]


class Compiler:
    """Turns one tree into closures; afterwards ``names`` and ``choices`` say what the expression reads."""

    def __init__(self, frames: tuple[Frame, ...] = ()) -> None:
        self.frames = frames
        self.names: set[str] = set()
        self.choices: set[tuple[str, ...]] = set()

    def compile(self, node: Node) -> Part:
        """Compile one node; its own paths are left to whoever uses the value."""
        part: Part = getattr(self, "_" + node.data)(node)
        return part

    def use(self, node: Node) -> Part:
        """Compile a node whose whole value is needed: its paths are read."""
        part = self.compile(node)
        for read in part.reads:
            if read.sure or "." in read.path:
                self.names.add(read.path)
        if not all(read.sure for read in part.reads):
            self.choices.add(tuple(read.path for read in part.reads))
        return part

    # literals

    def _number(self, node: Node) -> Part:
        text = str(node.children[0])
        if len(text.replace(".", "")) > MAX_DIGITS:
            _refuse("too_many_digits", node, f"A number has at most {MAX_DIGITS} digits.")
        return _constant(Decimal(text))

    def _string(self, node: Node) -> Part:
        return _constant(unquoted(str(node.children[0]), position_of(node)))

    def _date_literal(self, node: Node) -> Part:
        text = unquoted(str(node.children[0])[1:], position_of(node))
        value = read_date(text) or read_date_and_time(text)
        if value is None:
            _refuse("bad_date", node, f'{text!r} is not a date; write @"2026-01-31".')
        return _constant(value)

    def _true(self, _node: Node) -> Part:
        return _constant(True)

    def _false(self, _node: Node) -> Part:
        return _constant(False)

    def _null(self, _node: Node) -> Part:
        return _constant(None)

    def _list(self, node: Node) -> Part:
        parts = [self.use(child) for child in _nodes(node)]
        runs = [part.run for part in parts]
        return Part(lambda scope, meter: [run(scope, meter) for run in runs], weight=_weight(parts))

    def _context(self, node: Node) -> Part:
        entries: dict[str, Part] = {}
        for entry in _nodes(node):
            token, value = entry.children
            key = (
                str(token)
                if isinstance(token, Token) and token.type == "NAME"
                else unquoted(str(token), position_of(entry))
            )
            if key in entries:
                _refuse("repeated_key", entry, f"{key!r} stands twice in the context.")
            entries[key] = self.use(value)  # type: ignore[arg-type]
        runs = [(key, part.run) for key, part in entries.items()]
        return Part(
            lambda scope, meter: {key: run(scope, meter) for key, run in runs},
            weight=_weight(list(entries.values())),
        )

    # names

    def _path(self, node: Node) -> Part:
        first, *rest = (str(token) for token in node.children)
        part = self._name(first, len(self.frames) - 1)
        for name in rest:
            part = _entry_of(part, name)
        return part

    def _name(self, name: str, level: int) -> Part:
        if level < 0:
            return Part(lambda scope, _meter: scope.get(name), (Read(name, sure=True),))
        frame = self.frames[level]
        if frame.name == name or (frame.name is None and name == "item"):
            return Part(lambda scope, _meter: scope[0], frame.reads)
        outer = self._name(name, level - 1)
        look_outside = outer.run
        if frame.name is not None:
            return Part(lambda scope, meter: look_outside(scope[1], meter), outer.reads)

        def item_or_outside(scope: Any, meter: Meter) -> Value:
            item = scope[0]
            if type(item) is dict and name in item:
                return item[name]
            return look_outside(scope[1], meter)

        if not frame.reads:
            return Part(item_or_outside, outer.reads)
        own = tuple(Read(f"{read.path}.{name}", sure=False) for read in frame.reads)
        return Part(item_or_outside, own + tuple(Read(read.path, sure=False) for read in outer.reads))

    def _question(self, node: Node) -> Part:
        if not self.frames or self.frames[0].name != "?":
            _refuse("syntax", node, "? stands for the input of a decision table only.")
        return self._name("?", len(self.frames) - 1)

    def _projection(self, node: Node) -> Part:
        base, name = node.children
        return _entry_of(self.compile(base), str(name))  # type: ignore[arg-type]

    def _filter(self, node: Node) -> Part:
        base_node, condition_node = _nodes(node)
        base = self.compile(base_node)
        inner = Compiler((*self.frames, Frame(None, base.reads)))
        condition = inner.use(condition_node)
        self.names |= inner.names
        self.choices |= inner.choices
        source, test, weight = base.run, condition.run, condition.weight
        if _is_index(condition_node):

            def pick(scope: Any, meter: Meter) -> Value:
                return _at(values.items_of(source(scope, meter)), test(None, meter))

            return Part(pick, base.reads, base.weight + 1)

        def keep(scope: Any, meter: Meter) -> Value:
            items = values.items_of(source(scope, meter))
            values.spend(meter, len(items) * weight)
            kept = []
            for item in items:
                answer = test((item, scope), meter)
                if answer is True:
                    kept.append(item)
                elif type(answer) is Decimal:
                    return _at(items, answer)
            return kept

        return Part(keep, base.reads, base.weight + weight)

    def _quantified(self, node: Node) -> Part:
        kind, name, base_node, test_node = node.children
        base = self.compile(base_node)  # type: ignore[arg-type]
        inner = Compiler((*self.frames, Frame(str(name), base.reads)))
        test = inner.use(test_node)  # type: ignore[arg-type]
        if not any(path.startswith(read.path + ".") for read in base.reads for path in inner.names):
            self.names |= {read.path for read in base.reads}
        self.names |= inner.names
        self.choices |= inner.choices
        source, run, weight = base.run, test.run, test.weight
        deciding = kind == "some"

        def quantified(scope: Any, meter: Meter) -> Value:
            items = values.items_of(source(scope, meter))
            values.spend(meter, len(items) * weight)
            unknown = False
            for item in items:
                answer = run((item, scope), meter)
                if answer is deciding:
                    return deciding
                unknown = unknown or type(answer) is not bool
            return None if unknown else not deciding

        return Part(quantified, weight=base.weight + weight)

    # logic

    def _any_of(self, node: Node) -> Part:
        return self._junction(node, deciding=True)

    def _all_of(self, node: Node) -> Part:
        return self._junction(node, deciding=False)

    def _junction(self, node: Node, *, deciding: bool) -> Part:
        parts = [self.use(child) for child in _nodes(node)]
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

        return Part(junction, weight=_weight(parts))

    def _negation(self, node: Node) -> Part:
        part = self.use(_nodes(node)[0])
        run = part.run

        def negation(scope: Any, meter: Meter) -> Value:
            answer = run(scope, meter)
            return not answer if type(answer) is bool else None

        return Part(negation, weight=part.weight + 1)

    def _conditional(self, node: Node) -> Part:
        condition_node, then_node, else_node = _nodes(node)
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
        test = _comparison(str(operator))
        one, other = left.run, right.run
        return Part(
            lambda scope, meter: test(one(scope, meter), other(scope, meter), meter),
            weight=left.weight + right.weight + 1,
        )

    def _between(self, node: Node) -> Part:
        parts = [self.use(child) for child in _nodes(node)]
        value, low, high = (part.run for part in parts)

        def between(scope: Any, meter: Meter) -> Value:
            tried = value(scope, meter)
            return _both(
                values.compared(ge, tried, low(scope, meter)), values.compared(le, tried, high(scope, meter))
            )

        return Part(between, weight=_weight(parts))

    def _member(self, node: Node) -> Part:
        value_node, *test_nodes = _nodes(node)
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
            check, run = _comparison(str(operator)), operand.run
            return lambda value, scope, meter: check(value, run(scope, meter), meter), operand.weight + 1
        if node.data == "range_test":
            return self._range(node)
        inner = _nodes(node)[0]
        part = self.use(inner)
        run = part.run
        if any(child.data == "question" for child in inner.iter_subtrees()):
            return lambda _value, scope, meter: run(scope, meter), part.weight
        return lambda value, scope, meter: _fits(value, run(scope, meter), meter), part.weight + 1

    def _range(self, node: Node) -> tuple[Callable[[Value, Any, Meter], Value], int]:
        opening, low_node, high_node, closing = node.children
        low, high = self.use(low_node), self.use(high_node)  # type: ignore[arg-type]
        above, below = (ge if opening == "[" else gt), (le if closing == "]" else lt)
        low_run, high_run = low.run, high.run

        def inside(value: Value, scope: Any, meter: Meter) -> Value:
            return _both(
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
            steps.append((_CALCULATIONS[str(operator)], operand.run))
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
        part = self.use(_nodes(node)[0])
        run = part.run

        def negative(scope: Any, meter: Meter) -> Value:
            amount = values.number(run(scope, meter))
            return None if amount is None else ARITHMETIC.minus(amount)

        return Part(negative, weight=part.weight + 1)

    def _call(self, node: Node) -> Part:
        token, *argument_nodes = node.children
        name = " ".join(str(token).split())
        function = FUNCTIONS.get(name)
        if function is None:
            _refuse("unknown_function", node, _unknown_function(name))
        if not function.least <= len(argument_nodes) <= function.most or (
            name == "date" and len(argument_nodes) == 2
        ):
            expected = (
                str(function.least)
                if function.least == function.most
                else f"{function.least} to {function.most}"
            )
            _refuse("wrong_arguments", node, f"{name} takes {expected} arguments, not {len(argument_nodes)}.")
        parts = [self._argument(name, argument) for argument in argument_nodes]  # type: ignore[arg-type]
        runs, work, weight = [part.run for part in parts], function.run, _weight(parts) + 2
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


def _is_index(node: Node) -> bool:
    inner: Any = node.children[0] if node.data == "negative" else node
    return bool(inner.data == "number")


def _constant(value: Value) -> Part:
    return Part(lambda _scope, _meter: value)


def _entry_of(part: Part, name: str) -> Part:
    run = part.run
    return Part(
        lambda scope, meter: step_into(run(scope, meter), name, meter),
        tuple(Read(f"{read.path}.{name}", read.sure) for read in part.reads),
        part.weight + 1,
    )


def _comparison(operator: str) -> Callable[[Value, Value, Meter], bool | None]:
    if operator == "=":
        return values.equal
    if operator == "!=":

        def unequal(left: Value, right: Value, meter: Meter) -> bool | None:
            answer = values.equal(left, right, meter)
            return None if answer is None else not answer

        return unequal
    order = _ORDER[operator]
    compared = values.compared
    return lambda left, right, _meter: compared(order, left, right)


_CALCULATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": values.added,
    "-": lambda left, right: values.arithmetic(ARITHMETIC.subtract, left, right),
    "*": lambda left, right: values.arithmetic(ARITHMETIC.multiply, left, right),
    "/": lambda left, right: values.arithmetic(ARITHMETIC.divide, left, right),
    "**": values.power,
}


def any_true(
    checks: list[Callable[[Value, Any, Meter], Value]], value: Value, scope: Any, meter: Meter
) -> bool | None:
    """Three-valued ``or`` over tests of one value."""
    unknown = False
    for check in checks:
        answer = check(value, scope, meter)
        if answer is True:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def _fits(value: Value, wanted: Value, meter: Meter) -> bool | None:
    if type(wanted) is list and type(value) is not list:
        values.spend(meter, len(wanted))
        return any(values.equal(value, item, meter) is True for item in wanted)
    return values.equal(value, wanted, meter)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _at(items: list[Value], index: Value) -> Value:
    """The item at a place counted from 1, or from the end when negative; null where there is none."""
    if index != index.to_integral_value() or not 1 <= index.copy_abs() <= len(items):
        return None
    place = int(index)
    return items[place - 1 if place > 0 else place]


def _nodes(node: Node) -> list[Node]:
    return node.children  # type: ignore[return-value]


def _weight(parts: list[Part]) -> int:
    return sum(part.weight for part in parts) + 1


def _unknown_function(name: str) -> str:
    near = get_close_matches(name, FUNCTIONS, n=1)
    if near:
        return f"There is no function {name}; did you mean {near[0]}?"
    return f"There is no function {name}; the functions are {', '.join(sorted(FUNCTIONS))} and not."


def _refuse(code: str, node: Node, message: str) -> NoReturn:
    raise ExpressionError(code, position_of(node), message)
