"""Send a case back to where nobody drew a flow: the verb of a task for what the business did not foresee (rule 11)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select

from storage import canonical
from storage.actor import Actor
from storage.chain import instance_stream
from storage.models import Event as EventRow
from storage.models import Instance, PaymentOrder, Task
from storage.unit_of_work import UnitOfWork
from workflows.commands.quarantine import quarantines
from workflows.commands.results import read_task_result, task_result
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.tasks import find_locked, finish, require_free, require_fresh, require_open
from workflows.commands.timers import after_due_timers
from workflows.deployed import RETURNED, Deployed
from workflows.engine import Advance, Definition, Return, return_refusal
from workflows.errors import (
    FieldInvalid,
    NeverEntered,
    ReasonMissing,
    ReturnNotAllowed,
    ReturnRefused,
    UnknownField,
)
from workflows.events import Event
from workflows.forms.cells import FIELD_PATH
from workflows.forms.form import plain_path
from workflows.handlers import payment
from workflows.lines import paragraph
from workflows.queries.views import TaskResult
from workflows.subjects import keep_texts

MAX_REASON: Final = 500
MAX_MARKS: Final = 100


@quarantines
@after_due_timers
def return_task(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    to_element: str,
    reason: str,
    marks: Sequence[Mapping[str, str]] = (),
    task_version: int | None = None,
    idempotency_key: str | None = None,
) -> TaskResult:
    """Send the case from a task back to a step that it came through, and say why.

    `marks` are remarks of `field` and `reason` beside fields of that step's form. All that runs inside the smallest
    part of the drawing around both is cancelled, payment orders that it opened and nobody paid included; everything
    outside stays. Doing it again with the same words is success.

    Raises ReturnNotAllowed where the manifest does not name the step, NeverEntered, ReturnRefused where there is no
    such part, ReasonMissing, FieldInvalid, UnknownField naming a mark, and like complete_task.
    """
    reason = paragraph(reason, "reason", MAX_REASON)
    texts = {"reason": reason} | _remarks(marks)
    fields = [str(mark["field"]) for mark in marks]
    fingerprint = uow.fingerprint_of("return", task_id, to_element, fields, *texts.values())
    with uow.begin(actor, idempotency_key, fingerprint) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = find_locked(uow, actor, task_id)
        mine = task.status == "completed" and (task.ended_by, task.outcome) == (actor.account_id, RETURNED)
        if mine and _said_before(uow, task, instance, to_element, fields, texts):
            return done(task_result(uow, actor, version, task, instance), task.id)
        require_open(uow, actor, version, task, instance)
        require_free(uow, actor, version, task, instance)
        require_fresh(uow, actor, version, task, instance, task_version)
        _require_way(uow, actor, version, task, to_element)
        _require_fields(version, to_element, fields)
        if not reason:
            raise ReasonMissing
        was_free = task.assignee_id is None
        finish(uow, actor, task, RETURNED)
        step = run_step(uow, version, instance, Return(task.key, to_element))
        orders = _cancel_orders(uow, version, instance, step)
        commitments, text = keep_texts(uow, actor, texts)
        keep_step(
            uow,
            instance,
            step,
            Event.TASK_RETURNED,
            task=task,
            definition_sha256=version.sha256,
            commitments=commitments,
            details={
                "to": to_element,
                "marks": fields,
                "outcome": RETURNED,
                "orders": orders,
                "claimed": was_free,
                "lane": task.lane,
                "version": task.version,
                **text,
            },
        )
        apply_step(uow, version, instance, step)
        return done(task_result(uow, actor, version, task, instance), task.id)


def _remarks(marks: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return what was written beside each field, by the name under which it is kept. Raises FieldInvalid."""
    if len(marks) > MAX_MARKS:
        raise FieldInvalid(field="marks")
    texts = {}
    for at, mark in enumerate(marks):
        text = paragraph(str(mark.get("reason", "")), f"marks[{at}].reason", MAX_REASON)
        if not text:
            raise FieldInvalid(field=f"marks[{at}].reason")
        texts[f"marks[{at}]"] = text
    return texts


def _require_way(uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, to_element: str) -> None:
    """Raise unless the manifest allows the return, the case has been there, and the drawing can be undone so far."""
    if to_element not in version.at(task.element_id).return_to:
        known = version.package.definition.elements.get(to_element)
        raise ReturnNotAllowed(version.title(to_element, actor.language) if known else to_element[:64])
    title = version.title(to_element, actor.language)
    entered = select(exists().where(Task.instance_id == task.instance_id, Task.element_id == to_element))
    if not uow.session.scalar(entered):
        raise NeverEntered(title)
    why = return_refusal(version.package.definition, task.element_id, to_element)
    if why is not None:  # the deploy checks of an earlier version may have proved less
        raise ReturnRefused(title, why)


def _require_fields(version: Deployed, to_element: str, fields: Iterable[str]) -> None:
    form = version.form_of(to_element)
    known = set(form.field_paths()) if form else set()
    for path in fields:
        if len(path) > 200 or not FIELD_PATH.fullmatch(path) or plain_path(path) not in known:
            raise UnknownField(path[:64])


def _said_before(
    uow: UnitOfWork,
    task: Task,
    instance: Instance,
    to_element: str,
    fields: Sequence[str],
    texts: Mapping[str, str],
) -> bool:
    """Tell whether a task was sent back to the same step with the same words: others must not be taken for kept."""
    for details in _details(uow, instance, Event.TASK_RETURNED, EventRow.task_id == task.id):
        if details.get("to") == to_element and details["marks"] == list(fields):
            text_id = UUID(details["text"])
            return uow.personal.read([text_id]).get(text_id) == texts
    return False


def _cancel_orders(uow: UnitOfWork, version: Deployed, instance: Instance, step: Advance) -> list[str]:
    """Cancel the open payment orders that service tasks inside the region opened; return their ids.

    They are opened anew when the case passes again. Money that arrived or is held stays.
    """
    definition = version.package.definition
    region = {
        name for entry in step.trail if entry.kind == "returned" for name in _names(entry.values["cancelled"])
    }
    openers = {
        element.id
        for element in definition.elements.values()
        if element.properties.get("handler") == payment.OPEN_ORDER and _within(definition, element.id, region)
    }
    if not openers:
        return []
    orders = uow.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.instance_id == instance.id, PaymentOrder.status == "open")
        .order_by(PaymentOrder.reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not orders:
        return []
    opened = {
        str(details["order_id"])
        for details in _details(uow, instance, Event.SERVICE_TASK_COMPLETED)
        if details.get("element") in openers and details.get("effect") == Event.PAYMENT_ORDER_OPENED
    }
    cancelled = [order for order in orders if str(order.id) in opened]
    for order in cancelled:
        order.status = "cancelled"
    return [str(order.id) for order in cancelled]


def _details(uow: UnitOfWork, instance: Instance, action: Event, *where: Any) -> list[dict[str, Any]]:
    bodies = uow.session.scalars(
        select(EventRow.body)
        .where(EventRow.stream == instance_stream(instance), EventRow.action == str(action), *where)
        .order_by(EventRow.seq)
    )
    return [canonical.decode(body)["details"] for body in bodies]


def _names(value: Any) -> Iterable[str]:
    return [str(name) for name in value]


def _within(definition: Definition, element_id: str, region: set[str]) -> bool:
    """Tell whether an element lies in a region, itself or inside one of its sub-processes."""
    at: str | None = element_id
    while at is not None:
        if at in region:
            return True
        at = definition.elements[at].parent
    return False
