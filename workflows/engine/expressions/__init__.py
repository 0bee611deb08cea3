"""The one expression language: the FEEL subset of docs/expressions.md, exact decimals, bounded time and memory."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from workflows.engine.expressions.compiling import Compiler
from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.functions import FUNCTIONS
from workflows.engine.expressions.operators import any_true, fits
from workflows.engine.expressions.reading import Node, read_constant, read_tree
from workflows.engine.expressions.scopes import Frame
from workflows.engine.expressions.temporal import Months, text_of
from workflows.engine.expressions.types import Type, TypeFault
from workflows.engine.expressions.typing_rules import check_tests, check_types, type_of_expression
from workflows.engine.expressions.values import STEPS, Meter, Value

__all__ = [
    "FUNCTIONS",
    "Expression",
    "ExpressionError",
    "Months",
    "Type",
    "TypeFault",
    "UnaryTests",
    "check_tests",
    "check_types",
    "compile_expression",
    "compile_unary_tests",
    "text_of",
    "type_of_expression",
]


class Expression:
    """A compiled expression: immutable, shared between threads, evaluated any number of times.

    ``names`` are the dotted paths it may read (``application.lines.amount``). A name inside a filter may belong to the
    items or to the context around them: ``choices`` holds such alternatives, of which one should exist.
    """

    __slots__ = ("_run", "choices", "names", "text")

    def __init__(
        self,
        text: str,
        run: Callable[[Any, Meter], Value],
        names: frozenset[str],
        choices: frozenset[tuple[str, ...]],
    ) -> None:
        self.text = text
        self._run = run
        self.names = names
        self.choices = choices

    def evaluate(self, context: Mapping[str, Value], meter: Meter | None = None) -> Value:
        """The value in this context; unknown names are null. Raises ExpressionError past a bound, nothing else."""
        try:
            return self._run(context, [STEPS] if meter is None else meter)
        except ExpressionError:
            raise
        except (ArithmeticError, TypeError, ValueError, RecursionError, AttributeError, LookupError) as error:
            raise _failed(error) from None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """The tests in one input cell of a decision table; ``?`` is the input's value."""

    __slots__ = ("_checks", "_negated", "choices", "names", "text")

    def __init__(
        self,
        text: str,
        checks: list[Any] | None,
        negated: bool,
        names: frozenset[str],
        choices: frozenset[tuple[str, ...]],
    ) -> None:
        self.text = text
        self._checks = checks
        self._negated = negated
        self.names = names
        self.choices = choices

    def accept(self, value: Value, context: Mapping[str, Value], meter: Meter | None = None) -> bool:
        """Whether the cell matches the value; an unknown answer is no match. Raises ExpressionError past a bound."""
        if self._checks is None:
            return True
        try:
            answer = any_true(self._checks, value, (value, context), [STEPS] if meter is None else meter)
        except ExpressionError:
            raise
        except (ArithmeticError, TypeError, ValueError, RecursionError, AttributeError, LookupError) as error:
            raise _failed(error) from None
        return answer is (not self._negated)

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Compile a FEEL expression; the result is cached by its text. Raises ExpressionError."""
    constant = read_constant(text)
    if constant is not None:
        return Expression(text, lambda _scope, _meter: constant, frozenset(), frozenset())
    tree = read_tree(text, "expression")
    compiler = Compiler()
    part = compiler.use(tree)
    return Expression(text, part.run, frozenset(compiler.names), frozenset(compiler.choices))


@lru_cache(maxsize=4096)
def compile_unary_tests(text: str) -> UnaryTests:
    """Compile an input cell of a decision table; empty and ``-`` accept everything. Raises ExpressionError."""
    if text.strip() in ("", "-"):
        return UnaryTests(text, None, negated=False, names=frozenset(), choices=frozenset())
    constant = read_constant(text)
    if constant is not None:
        same = [lambda value, _scope, meter: fits(value, constant, meter)]
        return UnaryTests(text, same, negated=False, names=frozenset(), choices=frozenset())
    tree = read_tree(text, "unary_tests")
    cells: list[Node] = list(tree.children)  # type: ignore[arg-type]
    negated = tree.data == "none_of"
    if not negated and len(cells) == 1 and cells[0].data == "value_test":
        inner: Any = cells[0].children[0]
        if inner.data == "negation":  # not("a") is the negated test, not the boolean not of a text
            cells, negated = [type(cells[0])("value_test", list(inner.children))], True
    compiler = Compiler((Frame("?", ()),))
    checks = [compiler.test(cell)[0] for cell in cells]
    return UnaryTests(text, checks, negated, frozenset(compiler.names), frozenset(compiler.choices))


def _failed(error: Exception) -> ExpressionError:
    return ExpressionError(
        "evaluation", 0, f"The expression cannot be evaluated on this data ({type(error).__name__})."
    )
