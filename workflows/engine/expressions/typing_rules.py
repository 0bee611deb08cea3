"""The walk over a tree that finds the faults of types; ``check_types`` and ``check_tests`` are its two doors."""

from typing import Any

from lark import Token

from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.reading import Node, position_of, read_constant, read_tree, unquoted
from workflows.engine.expressions.signatures import SIGNATURES
from workflows.engine.expressions.temporal import read_date, read_date_and_time, read_duration, read_time
from workflows.engine.expressions.typed_names import TypedNames, Types
from workflows.engine.expressions.types import (
    ANY,
    BOOLEAN,
    DURATIONS,
    NULL,
    NUMBER,
    ORDERED,
    STRING,
    Type,
    TypeFault,
    agree,
    calculated,
    is_known,
    joined,
    list_of,
    spoken,
    type_of,
)


def check_types(text: str, types: Types, wanted: str = "any") -> list[TypeFault]:
    """Return what is certainly wrong with an expression over names of these types, in the order of its text.

    ``wanted`` is the kind that its value must have: ``boolean`` for a condition. A name that is not in ``types`` is
    unknown. An expression that cannot be read at all gives no fault here: compiling it says why.
    """
    constant = _constant(text)
    if constant is not None and wanted in ("any", constant.kind):
        return []
    try:
        tree = read_tree(text, "expression")
    except ExpressionError:
        return []
    typing = _Typing(types)
    found = typing.of(tree)
    if is_known(found) and wanted not in ("any", found.kind):
        code = "not_boolean" if wanted == "boolean" else "wrong_type"
        hint = "; compare it with something" if wanted == "boolean" else ""
        typing.fault(code, tree, f"This gives {spoken(found.kind)}, and {spoken(wanted)} is needed{hint}.")
    return sorted(typing.faults, key=lambda fault: fault.position)


def check_tests(text: str, types: Types, value: Type) -> list[TypeFault]:
    """Return what is certainly wrong with an input cell of a decision table whose input has a type."""
    if text.strip() in ("", "-"):
        return []
    constant = _constant(text)
    if constant is not None and _fits(constant, value):
        return []
    try:
        tree = read_tree(text, "unary_tests")
    except ExpressionError:
        return []
    typing = _Typing(types, (("?", value),))
    cells: list[Any] = list(tree.children)
    if len(cells) == 1 and cells[0].data == "value_test" and cells[0].children[0].data == "negation":
        cells = [
            type(tree)("value_test", list(cells[0].children[0].children))
        ]  # not("a") is the negated test
    for cell in cells:
        typing.test(cell, value)
    return sorted(typing.faults, key=lambda fault: fault.position)


def type_of_expression(text: str, types: Types) -> Type:
    """Return the type of an expression's value, ANY where nothing certain can be said."""
    try:
        return _Typing(types).of(read_tree(text, "expression"))
    except ExpressionError:
        return ANY


def _constant(text: str) -> Type | None:
    """The type of a text that is a constant and nothing else; most cells of a table are."""
    try:
        value = read_constant(text)
    except ExpressionError:
        return None
    if value is None:
        return None
    return Type("string", values=(value,)) if isinstance(value, str) else NUMBER


def _fits(constant: Type, value: Type) -> bool:
    return agree(constant, value) and (not value.values or {*constant.values} <= {*value.values})


class _Typing(TypedNames):
    """Types of constants, logic, comparison, arithmetic and calls."""

    # constants

    def _number(self, _node: Node) -> Type:
        return NUMBER

    def _string(self, node: Node) -> Type:
        return Type("string", values=(unquoted(str(node.children[0]), position_of(node)),))

    def _date_literal(self, node: Node) -> Type:
        text = unquoted(str(node.children[0])[1:], position_of(node))
        readers = (read_date, read_date_and_time, read_time, read_duration)
        return type_of(next((found for read in readers if (found := read(text)) is not None), None))

    def _true(self, _node: Node) -> Type:
        return BOOLEAN

    def _false(self, _node: Node) -> Type:
        return BOOLEAN

    def _null(self, _node: Node) -> Type:
        return NULL

    def _list(self, node: Node) -> Type:
        item = NULL
        for child in node.children:
            item = joined(item, self.of(child))
        return list_of(item if node.children else ANY)

    def _context(self, node: Node) -> Type:
        entries: dict[str, Type] = {}
        for entry in node.children:
            key, value = entry.children  # type: ignore[union-attr]
            plain = isinstance(key, Token) and key.type == "NAME"
            entries[str(key) if plain else unquoted(str(key), 0)] = self.of(value)
        return Type("context", entries=entries)

    # logic

    def _any_of(self, node: Node) -> Type:
        for child in node.children:
            self.must_be_true(child, self.of(child))
        return BOOLEAN

    _all_of = _any_of
    _negation = _any_of

    def _conditional(self, node: Node) -> Type:
        condition, yes, no = node.children
        self.must_be_true(condition, self.of(condition))
        return joined(self.of(yes), self.of(no))

    # comparison

    def _compare(self, node: Node) -> Type:
        left_node, operator, right_node = node.children
        self._alike(node, self.of(left_node), str(operator), self.of(right_node))
        return BOOLEAN

    def _alike(self, node: Any, left: Type, operator: str, right: Type) -> None:
        if not agree(left, right):
            message = f"{spoken(left.kind).capitalize()} never compares with {spoken(right.kind)}; the answer is always null."
            self.fault("unlike_types", node, message)
        elif operator not in ("=", "!="):
            for one in (left, right):
                if is_known(one) and one.kind not in ORDERED:
                    self.fault(
                        "wrong_type",
                        node,
                        f"{spoken(one.kind).capitalize()} has no order; {operator} gives null.",
                    )
                    break
        elif left.values and right.values and not {*left.values} & {*right.values}:
            if len(left.values) > len(right.values):
                left, right = right, left
            message = f'"{left.values[0]}" is never among the values that can stand here: {", ".join(right.values)}.'
            self.fault("never_equal", node, message)

    def _between(self, node: Node) -> Type:
        value, low, high = (self.of(child) for child in node.children)
        self._alike(node, value, ">=", low)
        self._alike(node, value, "<=", high)
        return BOOLEAN

    def _member(self, node: Node) -> Type:
        value_node, *tests = node.children
        value = self.of(value_node)
        for test in tests:
            self.test(test, value)
        return BOOLEAN

    def test(self, node: Any, value: Type) -> None:
        """A test of a value of this type, right of ``in`` or in a table cell."""
        if node.data == "comparison_test":
            operator, operand = node.children
            self._alike(node, value, str(operator), self.of(operand))
        elif node.data == "range_test":
            for end in node.children[1:3]:
                self._alike(node, value, "<=", self.of(end))
        else:
            inner = node.children[0]
            found = self.of(inner)
            if any(child.data == "question" for child in inner.iter_subtrees()):
                self.must_be_true(inner, found)
            elif found.kind != "list":
                self._alike(node, value, "=", found)
            elif value.kind != "list":
                self._alike(node, value, "=", found.item or ANY)

    # arithmetic and calls

    def _chain(self, node: Node) -> Type:
        first, *rest = node.children
        found = self.of(first)
        for operator, operand in zip(rest[::2], rest[1::2], strict=True):
            other = self.of(operand)
            result = calculated(str(operator), found, other)
            if result is None:
                known = " and ".join(spoken(one.kind) for one in (found, other) if is_known(one))
                self.fault(
                    "wrong_type", operand, f"{operator} does not work on {known}; the answer is always null."
                )
            found = result or ANY
        return found

    def _negative(self, node: Node) -> Type:
        found = self.of(node.children[0])
        if is_known(found) and found.kind != "number" and found.kind not in DURATIONS:
            self.fault("wrong_type", node, f"- needs a number, and this is {spoken(found.kind)}.")
            return ANY
        return found

    def _call(self, node: Node) -> Type:
        token, *arguments = node.children
        name = " ".join(str(token).split())
        given = [self.of(argument) for argument in arguments]
        wanted, result = SIGNATURES.get(name, (("any",), "any"))
        for place, (argument, found) in enumerate(zip(arguments, given, strict=True)):
            self._argument(name, argument, found, wanted[min(place, len(wanted) - 1)])
        first = given[0] if given else ANY
        if name == "duration":
            return self._duration(arguments[0], first) if arguments else ANY
        return _result(result, first, given)

    def _argument(self, name: str, node: Any, found: Type, wanted: str) -> None:
        if wanted == "any" or not is_known(found):
            return
        if wanted == "numbers":
            found, wanted = (found.item or ANY) if found.kind == "list" else found, "number"
        if is_known(found) and found.kind not in wanted.split("|"):
            needed = " or ".join(spoken(kind) for kind in wanted.split("|"))
            self.fault("wrong_type", node, f"{name} needs {needed}, and this is {spoken(found.kind)}.")

    def _duration(self, node: Any, found: Type) -> Type:
        if found.kind == "string" and len(found.values) == 1:
            length = read_duration(found.values[0])
            if length is None:
                message = f'"{found.values[0][:40]}" is no duration; write "P3D", "PT4H" or "P1Y6M".'
                self.fault("wrong_type", node, message)
            return type_of(length)
        return found if found.kind in DURATIONS else ANY


def _result(result: str, first: Type, given: list[Type]) -> Type:
    if result == "item":
        single = first.item if len(given) == 1 and first.kind == "list" else first
        return Type((single or ANY).kind) if len(given) == 1 else _all(given)
    if result == "same":
        if first.kind != "list" or any(one.kind != "list" for one in given[:1]):
            return Type("list")
        return first if len(given) == 1 else Type("list", item=ANY)
    if result == "given":
        return Type(first.kind) if is_known(first) else ANY
    if result == "strings":
        return list_of(STRING)
    return Type(result)


def _all(given: list[Type]) -> Type:
    found = given[0]
    for one in given[1:]:
        found = joined(found, one)
    return Type(found.kind)
