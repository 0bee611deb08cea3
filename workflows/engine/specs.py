"""Our task specs on SpiffWorkflow: they tell the step what happens, predict one hop only, and join by live tokens.

Why not the stock ones (docs/engine.md, rules 3 and 4): a stock join counts arrivals of earlier rounds and forgets which
flow a waiting token came by; a stock prediction walks the whole model, recursively, at every step.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.util.task import TaskState

# SpiffWorkflow is untyped: its tasks and specs are Any here and nowhere else.


class _Observed:
    """What all our specs share. The step is an attribute of the workflow, never of the shared spec (rule 2)."""

    def _predict(self, my_task: Any, *_: Any, **__: Any) -> None:
        """Children are made when a task becomes ready, so nothing needs to be predicted further ahead."""

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)  # type: ignore[misc]
        self._predict_hook(my_task)  # type: ignore[attr-defined]
        my_task.workflow.step.entered(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)  # type: ignore[misc]
        my_task.workflow.step.left(my_task)

    def _on_cancel(self, my_task: Any) -> None:
        super()._on_cancel(my_task)  # type: ignore[misc]
        my_task.workflow.step.cancelled(my_task)


class StartEvent(_Observed, defaults.StartEvent):
    """A none start event."""


class EndEvent(_Observed, defaults.EndEvent):
    """A none or terminate end event; the step does the terminating, so that it can tell what was cut off."""


class UserTask(_Observed, defaults.UserTask):
    """Waits for a person."""


class ServiceTask(_Observed, defaults.UserTask):
    """Waits for the result of a handler, which runs outside the step."""


class BusinessRuleTask(_Observed, defaults.BpmnSpecMixin):
    """Evaluates a decision table of the package, within the step."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.step.decide(my_task)
        return True


class ExclusiveGateway(_Observed, defaults.ExclusiveGateway):
    """Takes the first flow whose condition is true, in the order of the file, else the default."""


class ParallelGateway(_Observed, defaults.ParallelGateway):
    """Waits for one token on each incoming flow, then sends one along each outgoing flow."""

    def _update_hook(self, my_task: Any) -> bool:
        arrived = {my_task.parent.task_spec.name: my_task}
        for task in my_task.workflow.tasks.values():
            if task.task_spec is self and task is not my_task and task.has_state(TaskState.WAITING):
                arrived.setdefault(task.parent.task_spec.name, task)
        if arrived.keys() < set(self._inputs):
            my_task._set_state(TaskState.WAITING)
            return False
        for task in arrived.values():
            if task is not my_task:
                task._set_state(TaskState.CANCELLED)
                task._drop_children()
        return True

    def _run_hook(self, _: Any) -> bool:
        """Nothing to merge: variables belong to scopes, not to tokens (rule 7)."""
        return True


SPECS: dict[str, type] = {
    "start_event": StartEvent,
    "end_event": EndEvent,
    "user_task": UserTask,
    "service_task": ServiceTask,
    "business_rule_task": BusinessRuleTask,
    "exclusive_gateway": ExclusiveGateway,
    "parallel_gateway": ParallelGateway,
}
_EVENTS = frozenset({"start_event", "end_event"})


def make_spec(process: Any, kind: str, element_id: str, name: str, lane: str | None) -> Any:
    """Add the task spec of one element to a SpiffWorkflow process spec and return it."""
    extra = {"event_definition": NoneEventDefinition()} if kind in _EVENTS else {}
    return SPECS[kind](process, element_id, bpmn_name=name, lane=lane, **extra)
