"""Our task specs on SpiffWorkflow: they report to the live tree, predict nothing, and join by live tokens.

Why not the stock ones (docs/engine.md, rules 3, 4, 11 and 12): a stock join counts arrivals of earlier rounds and forgets
which flow a waiting token came by; a stock prediction walks the whole model, recursively, at every step; a stock
multi-instance or sub-process keeps what is finished and fails when it is entered again.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

# SpiffWorkflow is untyped: its tasks and specs are Any here and nowhere else.


class Passing(BpmnSpecMixin):
    """What a token passes at once: start and end events, gateways, decisions, what is thrown.

    The live tree is the task's workflow, never an attribute of the shared spec (rule 2).
    """

    def _predict(self, my_task: Any, *_: Any, **__: Any) -> None:
        """Nothing is predicted: the tree holds what is there, and children are made when a token leaves."""

    def _update_hook(self, my_task: Any) -> bool:  # noqa: ARG002 - the library hands it in
        """Nothing to inherit: variables belong to scopes, not to tokens (rule 7)."""
        return True

    def _on_ready(self, my_task: Any) -> None:
        my_task.workflow.enter(my_task)

    def _run_hook(self, my_task: Any) -> bool | None:
        """Do what the element does. What it throws may cut itself off; then it does not leave."""
        my_task.workflow.do(my_task)
        return True if my_task.has_state(TaskState.READY) else None

    def _on_complete(self, my_task: Any) -> None:
        my_task.workflow.leave(my_task)

    def _on_cancel(self, my_task: Any) -> None:
        my_task.workflow.cancelled(my_task)


class Waiting(Passing):
    """What a token stays at: a task, an event that is awaited, an activity with parts of its own."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, manual=True, **kwargs)


class ParallelJoin(Passing):
    """Waits for one token on each incoming flow, then sends one along each outgoing flow."""

    def _update_hook(self, my_task: Any) -> bool:
        arrived = arrivals(my_task)
        if arrived.keys() < set(self._inputs):
            my_task._set_state(TaskState.WAITING)
            return False
        consume(arrived, my_task)
        return True


class InclusiveJoin(Passing):
    """Waits for every token that can still come. Whether one can is asked when nothing else moves (``Live.settle``)."""

    def _update_hook(self, my_task: Any) -> bool:
        if len(self._inputs) == 1:
            return True
        my_task._set_state(TaskState.WAITING)
        return False


def arrivals(my_task: Any) -> dict[str, Any]:
    """By source, the tokens at the task's join that are on its level: one for each flow, the task itself first."""
    arrived = {my_task.parent.task_spec.name: my_task}
    within = level_of(my_task)
    for task in my_task.workflow.live():
        if (
            task.task_spec is my_task.task_spec
            and task is not my_task
            and task.has_state(TaskState.WAITING)
            and level_of(task) == within
        ):
            arrived.setdefault(task.parent.task_spec.name, task)
    return arrived


def level_of(task: Any) -> str | None:
    """The key of the activity that a token lives in. One that was put is where what it hangs under was."""
    data = task.internal_data
    if "within" not in data:
        data["within"] = task.parent.internal_data.get("within")
    within: str | None = data["within"]
    return within


def consume(arrived: dict[str, Any], kept: Any) -> None:
    """Take away every arrival but the one that goes on."""
    for task in arrived.values():
        if task is not kept:
            task._set_state(TaskState.CANCELLED)


_JOINS = {"parallel_gateway": ParallelJoin, "inclusive_gateway": InclusiveJoin}


def make_spec(process: Any, element_id: str, kind: str, *, waits: bool) -> Any:
    """Add the task spec of one element to a SpiffWorkflow process spec and return it."""
    made = Waiting if waits else _JOINS.get(kind, Passing)
    return made(process, element_id)
