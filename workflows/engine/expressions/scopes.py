"""Names and the scopes they belong to: paths, filters, quantifiers, and what each of them reads.

Scopes are nested pairs: the context that the caller gives, and around it ``(item, outer)`` for every filter,
quantifier or table cell. Which pair a name belongs to is decided here, once; only a name inside a filter has to look
at run time whether the item has it.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn, Self

from workflows.engine.expressions import values
from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.operators import at
from workflows.engine.expressions.reading import Node, position_of
from workflows.engine.expressions.values import Meter, Value, step_into

Run = Callable[[Any, Meter], Value]


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


class Names:
    """Compiles what names and paths are; ``names`` and ``choices`` collect what is read."""

    def __init__(self, frames: tuple[Frame, ...] = ()) -> None:
        self.frames = frames
        self.names: set[str] = set()
        self.choices: set[tuple[str, ...]] = set()

    def within(self, frames: tuple[Frame, ...]) -> Self:
        """A compiler of the same kind for a part inside these scopes."""
        return type(self)(frames)

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
        if frame.name == name:
            return Part(lambda scope, _meter: scope[0], frame.reads)
        if frame.name is None and name == "item":
            return Part(_item, frame.reads)
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
            refuse("syntax", node, "? stands for the input of a decision table only.")
        return self._name("?", len(self.frames) - 1)

    def _projection(self, node: Node) -> Part:
        base, name = node.children
        return _entry_of(self.compile(base), str(name))  # type: ignore[arg-type]

    def _filter(self, node: Node) -> Part:
        base_node, condition_node = nodes_of(node)
        base = self.compile(base_node)
        inner = self.within((*self.frames, Frame(None, base.reads)))
        condition = inner.use(condition_node)
        self.names |= inner.names
        self.choices |= inner.choices
        source, test, weight = base.run, condition.run, condition.weight
        if _is_index(condition_node):

            def pick(scope: Any, meter: Meter) -> Value:
                return at(values.items_of(source(scope, meter)), test(None, meter))

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
                    return at(items, answer)
            return kept

        return Part(keep, base.reads, base.weight + weight)

    def _quantified(self, node: Node) -> Part:
        kind, name, base_node, test_node = node.children
        base = self.compile(base_node)  # type: ignore[arg-type]
        inner = self.within((*self.frames, Frame(str(name), base.reads)))
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


def _item(scope: Any, _meter: Meter) -> Value:
    """The item of a filter, or its entry of that name (as the standard has it)."""
    item = scope[0]
    return item["item"] if type(item) is dict and "item" in item else item


def _is_index(node: Node) -> bool:
    inner: Any = node.children[0] if node.data == "negative" else node
    return bool(inner.data == "number")


def _entry_of(part: Part, name: str) -> Part:
    run = part.run
    return Part(
        lambda scope, meter: step_into(run(scope, meter), name, meter),
        tuple(Read(f"{read.path}.{name}", read.sure) for read in part.reads),
        part.weight + 1,
    )


def nodes_of(node: Node) -> list[Node]:
    return node.children  # type: ignore[return-value]


def weight_of(parts: list[Part]) -> int:
    return sum(part.weight for part in parts) + 1


def refuse(code: str, node: Node, message: str) -> NoReturn:
    raise ExpressionError(code, position_of(node), message)
