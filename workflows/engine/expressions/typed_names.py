"""Types of names and of the scopes they belong to, as scopes.py has the values."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from lark import Token

from workflows.engine.expressions.reading import Node, position_of
from workflows.engine.expressions.types import (
    ANY,
    BOOLEAN,
    NUMBER,
    PARTS,
    Type,
    TypeFault,
    is_known,
    list_of,
    spoken,
)

Types = Mapping[str, Type]


class TypedNames:
    """Types of the parts of one tree; ``frames`` are the scopes around: (None, item) for a filter, else a name."""

    def __init__(self, types: Types, frames: tuple[tuple[str | None, Type], ...] = ()) -> None:
        self.types = types
        self.frames = frames
        self.faults: list[TypeFault] = []

    def fault(self, code: str, node: Node | Token, message: str) -> None:
        fault = TypeFault(code, position_of(node), message)
        if fault not in self.faults:
            self.faults.append(fault)

    def of(self, node: Any) -> Type:
        found: Type = getattr(self, "_" + node.data)(node)
        return found

    def within(self, name: str | None, item: Type, node: Any) -> Type:
        """The type of a part inside one more scope."""
        frames = self.frames
        self.frames = (*frames, (name, item))
        try:
            return self.of(node)
        finally:
            self.frames = frames

    # names

    def _path(self, node: Node) -> Type:
        first, *rest = node.children
        found = self._name(first)  # type: ignore[arg-type]
        for name in rest:
            found = self._entry(found, name)  # type: ignore[arg-type]
        return found

    def _name(self, token: Token) -> Type:
        name = str(token)
        for own, item in reversed(self.frames):
            if own == name or (own is None and name == "item"):
                return item
            if own is None:
                if not is_known(item) or (item.kind == "context" and item.entries is None):
                    return ANY
                if item.entries is not None and name in item.entries:
                    return item.entries[name]
        if name in self.types:
            return self.types[name]
        near = get_close_matches(name, self.types, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        self.fault("unknown_name", token, f"Nothing here is called {name}{hint}")
        return ANY

    def _entry(self, found: Type, token: Token) -> Type:
        name = str(token)
        if found.kind == "list":
            return list_of(self._entry(found.item or ANY, token))
        if found.kind == "context":
            if found.entries is None:
                return ANY
            if name in found.entries:
                return found.entries[name]
            near = get_close_matches(name, found.entries, n=1)
            hint = (
                f"did you mean {near[0]}?"
                if near
                else f"there is {', '.join(sorted(found.entries)) or 'nothing'}."
            )
            self.fault("unknown_name", token, f"There is no {name} in it; {hint}")
            return ANY
        if found.kind in PARTS:
            if name in PARTS[found.kind]:
                return NUMBER
            parts = ", ".join(sorted(PARTS[found.kind]))
            self.fault(
                "unknown_name",
                token,
                f"{spoken(found.kind).capitalize()} has no part {name}; it has {parts}.",
            )
        elif is_known(found):
            self.fault(
                "wrong_type", token, f"{spoken(found.kind).capitalize()} has no parts, so {name} is nothing."
            )
        return ANY

    def _question(self, _node: Node) -> Type:
        return next((item for name, item in self.frames if name == "?"), ANY)

    def _projection(self, node: Node) -> Type:
        base, name = node.children
        return self._entry(self.of(base), name)  # type: ignore[arg-type]

    def _filter(self, node: Node) -> Type:
        base_node, condition = node.children
        base = self.of(base_node)
        item = (base.item or ANY) if base.kind == "list" else base
        found = self.within(None, item, condition)
        if found.kind == "number":
            return item
        if is_known(found) and found.kind != "boolean":
            message = f"A filter is a condition or a place in the list, and this gives {spoken(found.kind)}."
            self.fault("not_boolean", condition, message)
        return list_of(item) if is_known(found) else ANY

    def _quantified(self, node: Node) -> Type:
        _kind, name, base_node, test = node.children
        base = self.of(base_node)
        item = (base.item or ANY) if base.kind == "list" else base
        self.must_be_true(test, self.within(str(name), item, test))
        return BOOLEAN

    def must_be_true(self, node: Any, found: Type) -> None:
        """Note a fault where a condition is certainly none."""
        if is_known(found) and found.kind != "boolean":
            message = f"A condition is needed, and this is {spoken(found.kind)}; compare it with something."
            self.fault("not_boolean", node, message)
