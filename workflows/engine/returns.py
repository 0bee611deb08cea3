"""Returns: which part of the drawing a send-back cancels, and the proof that the process is sound afterwards (rule 11)."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workflows.engine.checks.game import Arc, Net, play
from workflows.engine.checks.tokens import fold_away
from workflows.engine.errors import EngineError, Fault
from workflows.engine.model import TASK_KINDS, WAITING_KINDS, Definition, Element
from workflows.engine.results import TrailEntry
from workflows.engine.specs import level_of

if TYPE_CHECKING:
    from workflows.engine.live import Live

MAX_KEPT = 4_096
UNKNOWN, WRONG, ELSEWHERE = "target_unknown", "target_wrong", "other_level"
NO_REGION, UNPROVED = "no_region", "not_provable"
NOT_BEFORE = "not_before"
REASONS = {
    UNKNOWN: "there is no such element",
    WRONG: "it is no task",
    ELSEWHERE: "it lies in a part of the process that is not open",
    NOT_BEFORE: "no way leads from it to where the case would come back from",
    NO_REGION: "no part of the drawing with one entry and one exit holds both",
    UNPROVED: "what runs beside it could be lost or done twice",
}
MAX_EXITS = 8
# Faults that a larger region has as well: the token from the target gets stuck or doubles within this one. Not so when
# something left before the rest: what it leads to, such as a terminate end event, may lie in the larger one.
HOPELESS = frozenset({"join_never_fires", "entered_twice"})
OUT = ""  # where everything that leaves a region goes
_kept: OrderedDict[tuple[str, str, str], "Region | str"] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Region:
    """A part of one level with one entry and one exit, and what of it only leads to end events.

    ``again`` is what may be done again: it can be reached from the target, and is not surely done before it.
    """

    entry: str
    exit: str
    elements: frozenset[str]
    again: frozenset[str] = frozenset()


def send_back(live: "Live", task: Any, target: str) -> None:
    """Cancel the tokens of the smallest region around a task and an element before it, and open that element again.

    Raises return_refused with ``reason``: target_unknown, target_wrong, other_level, not_before, no_region,
    not_provable.
    """
    definition, step = live.step.definition, live.step
    element = definition.elements.get(target)
    if element is None:
        raise ReturnRefused(UNKNOWN, target)
    if element.kind not in TASK_KINDS:
        raise ReturnRefused(WRONG, target)
    source = _lifted(live, task, element)
    if target not in step.state.rounds:
        raise ReturnRefused(NOT_BEFORE, target)
    region = find_region(definition, source.task_spec.name, target)
    if isinstance(region, str):
        raise ReturnRefused(region, target)
    within = level_of(source)
    from_id = task.task_spec.name
    step.trail.append(
        TrailEntry("returned", from_id, values={"to": target, "cancelled": [*sorted(region.elements)]})
    )
    for other in live.live():
        inside = live.is_live(other) and level_of(other) == within and other.task_spec.name in region.elements
        if inside and other.internal_data.get("index") is None:
            live.cut(other)
    _forget(live, within, region)
    before = definition.flows[element.incoming[0]].source
    live.put(target, before, within)


def _lifted(live: "Live", task: Any, target: Element) -> Any:
    """The token on the target's level that holds the task: itself, or an activity around it."""
    for one in live.around(task):
        whole = one.internal_data.get("index") is None
        if whole and live.element(one).parent == target.parent:
            return one
    raise ReturnRefused(ELSEWHERE, target.id)


def _forget(live: "Live", within: str | None, region: Region) -> None:
    """What is done again reads as null until it is (rule 7); what was done on the way to the target stays said."""
    definition = live.step.definition
    keys = (
        []
        if within is None
        else [within, *(one.internal_data["key"] for one in live.around(live.by_key[within]))]
    )
    scope = live.step.scope(keys)
    for name in sorted(region.again):
        element = definition.elements[name]
        if element.produces:
            scope[element.local] = None
        scope.update(dict.fromkeys(definition.inner.get(name, ()) if not element.scoped else ()))


class ReturnRefused(EngineError):
    """The process cannot be sent back there; ``params["reason"]`` says why."""

    def __init__(self, reason: str, target: str) -> None:
        message = f"The process cannot be sent back to {target[:64]}: {REASONS[reason]}."
        super().__init__(Fault.RETURN_REFUSED, message, reason=reason, target=target[:64])


def return_refusal(definition: Definition, source: str, target: str) -> str | None:
    """Why a case can never be sent back from one element to another, by the drawing alone; None when it can.

    Beside the reasons of ``send_back``: not_before, where no way leads from the target to the source. ``REASONS``
    has a sentence for each.
    """
    elements = definition.elements
    if source not in elements or target not in elements:
        return UNKNOWN
    if elements[target].kind not in TASK_KINDS:
        return WRONG
    level, lifted = elements[target].parent, elements[source]
    while lifted.parent != level:
        if lifted.parent is None:
            return ELSEWHERE
        lifted = elements[lifted.parent]
    after = _ways(definition, level)
    if target == lifted.id or lifted.id not in _closure(set(after[target]), after):
        return NOT_BEFORE
    region = find_region(definition, lifted.id, target)
    return region if isinstance(region, str) else None


# -- regions ------------------------------------------------------------------------------------------------------------


def find_region(definition: Definition, source: str, target: str) -> Region | str:
    """The smallest region of the level that holds both elements, or why there is none. Kept by definition."""
    key = (definition.sha256, source, target)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _find(definition, source, target)
    with _lock:
        _kept[key] = found
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return found


def _ways(definition: Definition, parent: str | None) -> dict[str, set[str]]:
    """The elements of a level, with what follows each: along its flows, and by its boundary events."""
    after: dict[str, set[str]] = {e.id: set() for e in definition.elements.values() if e.parent == parent}
    for flow in definition.flows.values():
        if flow.source in after:
            after[flow.source].add(flow.target)
    for name in after:
        attached = definition.elements[name].attached_to
        if attached is not None:
            after[attached].add(name)
    return after


def _find(definition: Definition, source: str, target: str) -> Region | str:
    parent = definition.elements[target].parent
    after = _ways(definition, parent)
    start = definition.starts[parent or ""]
    dominators = _dominators(after, start)
    if source not in dominators or target not in dominators:
        return NO_REGION
    if _beside(definition, dominators[source]) or _beside(definition, dominators[target]):
        return UNPROVED  # it may run several times at once, and what it runs beside may be over
    sides: dict[str | None, set[str]] = {}
    for name in after:
        element = definition.elements[name]
        if not element.interrupting:  # an activity may have several
            sides.setdefault(element.attached_to, set()).update(_closure({name}, after))
    common = sorted(dominators[source] & dominators[target], key=lambda name: -len(dominators[name]))
    if source != target and not _leads_back(after, common[0], source, target):
        return NOT_BEFORE
    reason = NO_REGION
    for entry in common:
        below = {name for name, above in dominators.items() if entry in above}
        found = [
            region
            for leave in sorted(below)
            # What runs beside an activity is no way out of a part, but goes with it.
            if not _beside(definition, dominators[leave])
            and (region := _region(after, sides, below, entry, leave)) is not None
            and {source, target} <= region.elements
        ]
        for region in sorted(found, key=lambda one: (len(one.elements), one.exit))[:MAX_EXITS]:
            faults = _faults(definition, after, region, target)
            if not faults:
                inside = {name: after[name] & region.elements for name in region.elements}
                said = dominators[target] - {target}
                return replace(region, again=frozenset(_closure({target}, inside)) - said)
            reason = UNPROVED
            if faults & HOPELESS and "not_last" not in faults:
                return reason
    return reason


def _leads_back(after: dict[str, set[str]], nearest: str, source: str, target: str) -> bool:
    """Does the target lie before the source in one pass, so that nothing between them is skipped?

    A pass ends where the element comes again that the ways to both have in common; what lies ahead or in another
    branch may have been done, but in an earlier pass.
    """
    onward = {name: following - {nearest} for name, following in after.items()}
    return source in _closure({target}, onward) and target not in _closure({source}, onward)


def _beside(definition: Definition, above: frozenset[str]) -> bool:
    """Does an element lie on a path beside an activity that goes on?"""
    return any(not definition.elements[name].interrupting for name in above)


def _dominators(after: dict[str, set[str]], start: str) -> dict[str, frozenset[str]]:
    """By element all elements that every way from the start to it passes, itself included."""
    order, seen, stack = [], {start}, [(start, iter(sorted(after[start])))]
    while stack:
        name, rest = stack[-1]
        following = next((one for one in rest if one not in seen), None)
        if following is None:
            order.append(name)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(sorted(after[following]))))
    before: dict[str, list[str]] = {name: [] for name in seen}
    for name in seen:
        for following in after[name]:
            before[following].append(name)
    above: dict[str, frozenset[str]] = dict.fromkeys(seen, frozenset(seen))
    above[start] = frozenset({start})
    changed = True
    while changed:
        changed = False
        for name in reversed(order):
            if name == start:
                continue
            found = frozenset.intersection(*(above[one] for one in before[name])) | {name}
            if found != above[name]:
                above[name] = found
                changed = True
    return above


def _region(
    after: dict[str, set[str]], sides: dict[str | None, set[str]], below: set[str], entry: str, leave: str
) -> Region | None:
    """The region from ``entry`` to ``leave``: what lies between, what branches off to end events only, what runs beside."""
    before: dict[str, set[str]] = {name: set() for name in below}
    for name in below - {leave}:
        for following in after[name] & below:
            before[following].add(name)
    core = _closure({leave}, before)
    if entry not in core:
        return None
    onward = {name: set[str]() if name == leave else after[name] for name in after}
    whole = _closure(core, onward)
    if not whole <= below:
        return None
    back = (following for name in below - whole for following in after[name])
    if any(following in whole and following != entry for following in back):
        return None
    return Region(entry, leave, frozenset(whole).union(*(sides.get(name, ()) for name in whole)))


def _closure(seeds: set[str], following: dict[str, set[str]]) -> set[str]:
    reached, stack = set(seeds), list(seeds)
    while stack:
        fresh = following[stack.pop()] - reached
        reached |= fresh
        stack.extend(fresh)
    return reached


def _faults(definition: Definition, after: dict[str, set[str]], region: Region, target: str) -> set[str]:
    """Play the region from its entry and from the target: what leaves it must be the last of it, and nothing may hang."""
    faults: set[str] = set()
    vanishes: list[bool] = []
    for first in (region.entry, target):
        arcs = [Arc("start", first, first)]
        for name in sorted(region.elements):
            # A path beside an activity runs on its own and is proved on its own.
            arcs += [
                Arc(name, following if following in region.elements else OUT, name)
                for following in sorted(after[name])
                if definition.elements[following].interrupting
            ]
        kinds = {name: _kind(definition.elements[name]) for name in region.elements}
        net = Net({**kinds, "start": "start", OUT: "last"}, dict(enumerate(_once(arcs))))
        net.tasks = frozenset(n for n in region.elements if definition.elements[n].kind in WAITING_KINDS)
        net.index()
        fold_away(net)
        verdict = play(net, frozenset(net.out["start"]))
        vanishes.append(verdict.vanishes)
        faults |= {rule for rule, _ in verdict.found} | ({"tangled"} if verdict.tangled else set())
    if vanishes[1] and not vanishes[0]:
        faults.add("never_leaves")  # what follows the region counts on a token that would not come
    return faults


def _once(arcs: list[Arc]) -> list[Arc]:
    """Several flows that leave a region from one element leave it together or by choice: one arc stands for them."""
    return list({(arc.source, arc.target): arc for arc in arcs}.values())


def _kind(element: Element) -> str:
    if element.kind == "end_event":
        cuts = element.trigger is not None and element.trigger.type in {"terminate", "error"}
        return "stop" if cuts else "end"
    return {"parallel_gateway": "all", "inclusive_gateway": "any"}.get(element.kind, "choice")
