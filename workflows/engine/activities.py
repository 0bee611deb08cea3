"""What opens at an activity and when it is done: tasks, sub-processes, called processes, and runs of several."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine import countersign
from workflows.engine.errors import EngineError, Fault
from workflows.engine.model import TASK_KINDS, Element, Repeat
from workflows.engine.results import Opened, TrailEntry
from workflows.engine.specs import level_of
from workflows.engine.state import Series
from workflows.engine.step import INPUT
from workflows.engine.values import Value

if TYPE_CHECKING:
    from workflows.engine.live import Live

MAX_RUNS = 500
NESTING = frozenset({"sub_process", "call_activity"})


def begin(live: "Live", task: Any, element: Element) -> None:
    """Open an activity that a token has come to."""
    if element.several:
        _begin_series(live, task, element)
    else:
        _begin_once(live, task, element)


def _begin_once(live: "Live", task: Any, element: Element) -> None:
    step, data = live.step, task.internal_data
    key: str = data["key"]
    if element.kind == "sub_process":
        scope = step.scope(live.keys(task, own=True))
        scope.update(dict.fromkeys(step.definition.inner[element.id]))
        live.put(step.definition.starts[element.id], element.id, key)
    elif element.kind == "call_activity":
        given = step.given(element, "input.", live.context(task))
        step.state.scopes[key] = {
            **step.state.scopes.get(key, {}), **dict.fromkeys(step.definition.written[element.id]), INPUT: given,
        }  # fmt: skip
        live.put(step.definition.starts[element.id], element.id, key)
    elif element.kind in TASK_KINDS:
        index = data["index"]
        owner = live.by_key[data["within"]] if index is not None else None
        item = None if owner is None else step.state.series[data["within"]].items[index]
        step.opened.append(
            Opened(
                key=key,
                element_id=element.id,
                kind=element.kind,
                name=element.name,
                lane=element.lane,
                round=data["round"],
                properties=dict(element.properties),
                inputs=step.given(element, "input.", live.context(task))
                if element.kind == "service_task"
                else {},
                owner=owner and data["within"],
                index=index,
                item=None if element.countersign else item,
                signer=str(item) if element.countersign else None,
            )
        )


# -- runs of several ----------------------------------------------------------------------------------------------------


def _begin_series(live: "Live", task: Any, element: Element) -> None:
    step = live.step
    key: str = task.internal_data["key"]
    context = live.context(task)
    if element.countersign is not None:
        items = countersign.signers(step, key, element, context)
    else:
        items = _items(live, element, context)
    series = step.state.series[key] = Series(items)
    repeat = element.repeat
    if repeat is not None and repeat.mode == "loop":
        if not repeat.before or step.condition(element, repeat.condition, context):
            series.items.append(Decimal(1))
            _start_run(live, task, element, series)
        else:
            _finish_series(live, task, element, series)
        return
    if not items:
        _finish_series(live, task, element, series)
        return
    _report(live, task, element, series)
    at_once = 1 if _in_order(element) else len(items)
    for _ in range(at_once):
        _start_run(live, task, element, series)


def _items(live: "Live", element: Element, context: dict[str, Value]) -> list[Value]:
    repeat = element.repeat
    each = element.properties.get("each")
    if each is not None:
        return live.step.listed(element, each, context, MAX_RUNS)
    if repeat is None or repeat.mode == "loop":
        return []
    count = live.step.evaluate(element, repeat.cardinality, context)
    if not isinstance(count, Decimal) or count != int(count) or not 0 <= count <= MAX_RUNS:
        raise EngineError(
            Fault.LIST_TOO_LONG,
            f"{element.id} is for {count}; 0 to {MAX_RUNS} are possible.",
            element=element.id,
        )
    return [Decimal(number) for number in range(1, int(count) + 1)]


def _in_order(element: Element) -> bool:
    if element.countersign is not None:
        return element.countersign == "sequential"
    return element.repeat is not None and element.repeat.mode == "sequential"


def _start_run(live: "Live", whole: Any, element: Element, series: Series) -> None:
    """Open the next run of a series, if there is one."""
    while series.begun in series.gone:
        series.begun += 1
    if series.begun >= len(series.items):
        return
    index = series.begun
    series.begun += 1
    run = Task(live, whole.task_spec, whole.parent, state=TaskState.READY)
    owner: str = whole.internal_data["key"]
    key = live.step.new_key()
    run.internal_data.update(key=key, round=whole.internal_data["round"], within=owner, index=index)
    live.by_key[key] = run
    item = element.properties.get("item")
    if element.countersign is None and (element.repeat is None or element.repeat.mode != "loop"):
        written = live.step.definition.written.get(element.id, ())
        live.step.state.scopes[key] = {
            **dict.fromkeys(written),
            **({item: series.items[index]} if item else {}),
        }
    live.step.trail.append(TrailEntry("entered", element.id, values={"run": Decimal(index)}))
    _begin_once(live, run, element)


def run_left(live: "Live", run: Any) -> None:
    """One run of a series was completed: go on with the next, or end the whole."""
    data = run.internal_data
    whole, index = live.by_key[data["within"]], data["index"]
    element, series = live.element(whole), live.step.state.series[data["within"]]
    live.step.trail.append(TrailEntry("left", element.id, values={"run": Decimal(index)}))
    series.results.append((index, data.get("value")))
    judge(live, whole)


def judge(live: "Live", whole: Any) -> None:
    """Is a series at its end? If not, let the next run begin where they come one after the other."""
    element = live.element(whole)
    series = live.step.state.series[whole.internal_data["key"]]
    _report(live, whole, element, series)
    if element.countersign is not None:
        if countersign.verdict(element, series) is not None:
            _finish_series(live, whole, element, series)
        elif _in_order(element) and not live.inside(whole.internal_data["key"]):
            _start_run(live, whole, element, series)
        return
    repeat = element.repeat
    if repeat is None:
        return
    done = len(series.results) + len(series.gone)
    context = live.context(whole)
    if repeat.mode == "loop":
        if _count(series) < repeat.maximum and (
            not repeat.condition or live.step.condition(element, repeat.condition, context)
        ):
            # Only the number of a loop's run is kept, so that the state does not grow with the runs.
            live.step.state.series[whole.internal_data["key"]] = again = Series([Decimal(_count(series) + 1)])
            live.write(whole, None)
            _start_run(live, whole, element, again)
        else:
            _finish_series(live, whole, element, series)
    elif done == len(series.items) or (repeat.until and live.step.condition(element, repeat.until, context)):
        _finish_series(live, whole, element, series)
    elif repeat.mode == "sequential" and not live.inside(whole.internal_data["key"]):
        _start_run(live, whole, element, series)


def _count(series: Series) -> int:
    """The number of a loop's present run."""
    number = series.items[0]
    return int(number) if isinstance(number, Decimal) else 0


def signer_came(live: "Live", whole: Any, series: Series) -> None:
    """A signer was added: where all sign at once the new part opens now."""
    element = live.element(whole)
    if not _in_order(element):
        _start_run(live, whole, element, series)
    _report(live, whole, element, series)


def signer_went(live: "Live", whole: Any, index: int) -> None:
    """A signer was taken away: close that part, and see whether the rest decides (rule 12)."""
    key = whole.internal_data["key"]
    for run in live.inside(key):
        if run.internal_data["index"] == index:
            live.cut(run)
    judge(live, whole)


def _finish_series(live: "Live", whole: Any, element: Element, series: Series) -> None:
    for run in live.inside(whole.internal_data["key"]):
        live.cut(run)
    _report(live, whole, element, series)
    whole.internal_data["passing"] = True


def _report(live: "Live", whole: Any, element: Element, series: Series) -> None:
    """Write the tally under the element's id, where conditions read it, and into the trail."""
    if element.countersign is not None:
        value: Value = countersign.tally(element, series)
    elif _is_loop(element.repeat):
        value = series.results[-1][1] if series.results else None
    else:
        value = _summary(series)
    live.write(whole, value)
    live.step.trail.append(TrailEntry("tally", element.id, values={"value": value}))


def _is_loop(repeat: Repeat | None) -> bool:
    return repeat is not None and repeat.mode == "loop"


def _summary(series: Series) -> dict[str, Value]:
    by_index = dict(series.results)
    total, done = len(series.items) - len(series.gone), len(series.results)
    return {
        "nr_of_instances": Decimal(total),
        "nr_of_completed": Decimal(done),
        "nr_of_active": Decimal(max(series.begun - len(series.gone) - done, 0)),
        "results": [by_index.get(index) for index in range(len(series.items)) if index not in series.gone],
    }


# -- parts of their own -------------------------------------------------------------------------------------------------


def finish_one(live: "Live", tasks: list[Any]) -> bool:
    """Complete a sub-process or called process in which no token is left."""
    held = {level_of(task) for task in tasks}
    for task in tasks:
        element = live.element(task)
        if element.kind not in NESTING or task.internal_data.get("key") in held:
            continue
        if element.several and task.internal_data["index"] is None:
            continue
        _take_result(live, task, element)
        task.run()
        return True
    return False


def _take_result(live: "Live", task: Any, element: Element) -> None:
    context, step = live.context(task), live.step
    value: Value = None
    if element.kind == "call_activity":
        value = dict(step.given(element, "output.", context))
    elif "result" in element.properties:
        value = step.given(element, "result", context)[""]
    if task.internal_data["index"] is not None:
        task.internal_data["value"] = value
    else:
        live.write(task, value)
