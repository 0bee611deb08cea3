"""Names of XML elements: with and without their namespace, and as a finding shows them."""

from collections.abc import Iterator
from typing import Any

from workflows.engine.vocabulary import BPMN, PREFIXES


def children_of(element: Any, tag: str) -> Iterator[Any]:
    """The BPMN children with this tag."""
    found: Iterator[Any] = element.iterchildren(f"{{{BPMN}}}{tag}")
    return found


def split(name: Any) -> tuple[str, str]:
    """Namespace and local name; two question marks for what is no element."""
    if not isinstance(name, str):
        return "?", "?"
    space, closed, local = name.rpartition("}")
    return (space[1:], local) if closed else ("", local)


def local(reference: str) -> str:
    """A reference is a QName: drop the prefix that some tools write."""
    return reference.strip().rpartition(":")[2]


def shown(name: Any) -> str:
    """The name as people write it, with the usual prefix."""
    space, local = split(name)
    if not space:
        return local
    return f"{PREFIXES.get(space, space[:60])}:{local}"[:120]
