"""What a package calls: found by the key of the process, bound by content (docs/packages.md)."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from workflows.engine import Element
from workflows.engine.expressions import Expression, Type
from workflows.engine.expressions.types import BOOLEAN, DATE, NUMBER, STRING
from workflows.packages.parts import PROCESS, Parts

if TYPE_CHECKING:
    from workflows.packages.package import Package

INPUT_KINDS: Mapping[str, Type] = {"text": STRING, "number": NUMBER, "boolean": BOOLEAN, "date": DATE}


class Uncallable(Exception):
    """A process that is there and cannot be called. The message is a sentence without its subject."""

    rule = "call_refused"


class CallCycle(Uncallable):
    """It calls, in the end, what called it."""

    rule = "call_cycle"


class CallsTooDeep(Uncallable):
    """It lies deeper than five calls in each other."""

    rule = "calls_too_deep"


Find = Callable[[str], "Package | None"]
"""Returns the package of a process by its key, None when there is none. Raises Uncallable."""


def find_nothing(_key: str) -> None:
    """Return None: nothing can be called."""
    return


def check_calls(parts: Parts) -> None:
    """Note calls that go in a circle, and inputs that the called process does not take, or lacks."""
    for element in parts.elements("call_activity"):
        called = parts.called.get(element.called or "")
        if called is None:
            continue
        key = parts.manifest.key if parts.manifest else None
        if key is not None and key in processes_of(called):
            message = (
                f"'{element.id}' calls '{called.key}', which comes back to '{key}': calls go in a circle."
            )
            parts.refuse_element(element, "call_cycle", message, called=called.key)
        _inputs(parts, element, called)


def processes_of(package: "Package") -> frozenset[str]:
    """Return the key of a package's process and those of all that it calls."""
    return frozenset({package.key}).union(*(processes_of(called) for called in package.calls.values()))


def output_paths(element: Element, expressions: Mapping[str, Expression], called: "Package") -> Iterator[str]:
    """Yield the paths that a call activity's outputs read of the called process."""
    own = called.definition.written[""]
    for name, text in element.properties.items():
        if name.startswith("output."):
            yield from (path for path in expressions[text].names if path.partition(".")[0] in own)


def _inputs(parts: Parts, element: Element, called: "Package") -> None:
    given = {name.removeprefix("input.") for name in element.properties if name.startswith("input.")}
    declared = called.manifest.inputs
    for extra in sorted(given - declared.keys()):
        takes = ", ".join(sorted(declared)) or "none"
        message = f"'{called.key}' takes no input '{extra}'. It takes: {takes}."
        parts.refuse_element(element, "call_input_unknown", message, called=called.key, input=extra)
    for missing in sorted(declared.keys() - given):
        message = f"'{called.key}' needs the input '{missing}'."
        parts.refuse_element(element, "call_input_missing", message, called=called.key, input=missing)


def find_calls(parts: Parts, keys: frozenset[str], find: Find) -> None:
    """Look up what a drawing calls. What is not there is left to the check of the drawing."""
    for key in sorted(keys):
        try:
            found = find(key)
        except Uncallable as why:
            message = f"The drawing calls '{key[:64]}', {why}"
            parts.refuse(PROCESS, None, parts.line_in(PROCESS, f'"{key}"'), why.rule, message, called=key)
            parts.uncallable = True
            continue
        if found is not None:
            parts.called[key] = found
