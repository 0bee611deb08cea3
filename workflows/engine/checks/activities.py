"""Checks of activities that are done several times, that several people sign, or that call another process."""

from collections.abc import Mapping
from fractions import Fraction

from workflows.engine.checks.names import NAME
from workflows.engine.drawing import Drawing, Node
from workflows.engine.model import COUNTERSIGN_MODES, Definition

MAX_NODES_WITH_CALLS = 2_000
MAX_CALLS_DEEP = 5
_SIGNING = ("signers", "ratio", "count", "agree", "refuse", "veto")


def check_activities(drawing: Drawing) -> None:
    """Report repetitions and countersigns that do not say what is to be done."""
    for node in drawing.nodes.values():
        if node.kind == "foreign":
            continue
        _check_repeat(drawing, node)
        if node.kind == "user_task":
            _check_countersign(drawing, node)


def _wrong(drawing: Drawing, node: Node, name: str, message: str) -> None:
    drawing.report("property_wrong", node.id, node.line, message, name=name)


def _check_repeat(drawing: Drawing, node: Node) -> None:
    repeat, each = node.repeat, node.properties.get("each")
    if node.kind == "business_rule_task":
        return
    if repeat is None or repeat.mode == "loop":
        for name in ("each", "item"):
            if name in node.properties:
                _wrong(drawing, node, name, f"{name} of {node.id} needs a multi-instance marker on it.")
        if repeat is not None and repeat.before and not repeat.condition:
            message = f"{node.id} asks its loop condition before the first run, and there is none."
            drawing.report("repeat_wrong", node.id, repeat.line, message)
        return
    if "countersign" in node.properties:
        message = f"{node.id} is countersigned, so it needs no loop or multi-instance marker."
        drawing.report("repeat_wrong", node.id, repeat.line, message)
    if bool(each) == bool(repeat.cardinality):
        message = (
            f"{node.id} is done several times: give the list by the property each, or a loopCardinality."
        )
        drawing.report("repeat_wrong", node.id, repeat.line, message)


def _check_countersign(drawing: Drawing, node: Node) -> None:
    given = node.properties
    mode = given.get("countersign")
    if mode is None:
        for name in _SIGNING:
            if name in given:
                _wrong(
                    drawing, node, name, f"{name} of {node.id} has a meaning on a countersigned task only."
                )
        return
    if mode not in COUNTERSIGN_MODES:
        words = ", ".join(sorted(COUNTERSIGN_MODES))
        _wrong(drawing, node, "countersign", f"countersign={mode[:20]!r} of {node.id} is none of {words}.")
    if node.repeat is not None and node.repeat.mode == "loop":
        message = f"{node.id} is countersigned, so it needs no loop or multi-instance marker."
        drawing.report("repeat_wrong", node.id, node.repeat.line, message)
    if (mode == "ratio") != ("ratio" in given) or (mode == "ratio" and not _is_ratio(given.get("ratio", ""))):
        _wrong(
            drawing,
            node,
            "ratio",
            f"{node.id} needs a ratio above 0 and up to 1, such as 2/3, if its mode is ratio.",
        )
    count = given.get("count", "")
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    if (mode == "count") != ("count" in given) or (mode == "count" and not 0 < number <= 200):
        _wrong(drawing, node, "count", f"{node.id} needs a count from 1 to 200 if its mode is count.")
    _check_words(drawing, node)


def _check_words(drawing: Drawing, node: Node) -> None:
    given = node.properties
    agree = given.get("agree", "approve")
    if agree in {given.get("veto"), given.get("refuse", given.get("veto", "reject"))}:
        _wrong(drawing, node, "agree", f"One outcome of {node.id} means both consent and refusal.")
    for name in ("agree", "refuse", "veto"):
        if name in given and not NAME.fullmatch(given[name]):
            _wrong(drawing, node, name, f"{name}={given[name][:64]!r} of {node.id} is no name of an outcome.")
    if given.get("signers") == "":
        _wrong(drawing, node, "signers", f"The signers of {node.id} are empty.")


def _is_ratio(text: str) -> bool:
    try:
        return len(text) < 12 and "_" not in text and 0 < Fraction(text) <= 1
    except (ValueError, ZeroDivisionError):
        return False


def check_calls(drawing: Drawing, calls: Mapping[str, Definition] | None) -> None:
    """A call activity names a process that is there, and all together stays within bounds."""
    total = len(drawing.nodes)
    for node in drawing.nodes.values():
        if node.kind != "call_activity":
            continue
        if not node.called:
            message = f"{node.id} does not name the process that it calls."
            drawing.report("call_unknown", node.id, node.line, message)
        elif calls is not None and node.called not in calls:
            message = f"{node.id} calls {node.called[:64]}, which is not deployed."
            drawing.report("call_unknown", node.id, node.line, message, called=node.called[:64])
        elif calls is not None:
            total += len(calls[node.called].elements)
            if 1 + _depth(calls[node.called]) > MAX_CALLS_DEEP:
                message = f"{node.id} begins calls that lie deeper than {MAX_CALLS_DEEP} in each other."
                drawing.report("calls_too_deep", node.id, node.line, message, limit=MAX_CALLS_DEEP)
    if total > MAX_NODES_WITH_CALLS:
        message = f"With all that it calls the process has {total} elements, over {MAX_NODES_WITH_CALLS}."
        drawing.report(
            "too_many_elements", drawing.process_id, drawing.process_line, message, limit=MAX_NODES_WITH_CALLS
        )


def _depth(definition: Definition) -> int:
    """How many calls lie in each other within a process, at most."""
    return max((1 + _depth(called) for called in definition.calls.values()), default=0)
