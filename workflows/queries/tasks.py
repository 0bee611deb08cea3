"""A task with all that its page needs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Draft, Instance, Organisation, Task
from storage.state import state_digest
from storage.unit_of_work import UnitOfWork
from workflows import engine, policy
from workflows.deployed import Deployed, deployed
from workflows.errors import DomainError, InstanceEnded, InstanceQuarantined, TaskAlreadyClaimed, TaskNotOpen
from workflows.policy import TaskFacts
from workflows.queries.attachments import attachment_views
from workflows.queries.cards import cards
from workflows.queries.drafts import read_draft
from workflows.queries.names import names_of
from workflows.queries.stepper import stepper
from workflows.queries.submissions import Dossier, person, read_dossier
from workflows.queries.timeline import events_of, last_return, timeline
from workflows.queries.views import AttachmentView, DraftView, OutcomeView, Person, TaskView
from workflows.standing import case_facts, task_facts


def read_task(uow: UnitOfWork, actor: Actor, task_id: UUID) -> TaskView:
    """Return a task to those it is or was offered to, and to staff and overseers of its case.

    Drafts and files in the making show to those who could complete it only. Raises NotFound for everybody else;
    the applicant reads about staff tasks on the case.
    """
    row = uow.session.execute(
        select(Task, Instance, Organisation.name)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Organisation, Organisation.id == Instance.organisation_id)
        .where(Task.id == task_id)
    ).first()
    if row is None:
        raise NotFound(kind="task", id=task_id)
    task, instance, applicant = row
    facts = task_facts(uow.session, actor, task, instance)
    case = case_facts(uow.session, instance.id, instance.organisation_id)
    candidate = policy.is_candidate(actor, facts)
    if not candidate and not (policy.may_see_case(actor, case) and _looks_on(actor, task, facts)):
        raise NotFound(kind="task", id=task_id)
    version = deployed(uow.session, instance.definition_id)
    dossier = read_dossier(uow, actor, version, instance, case)
    events = events_of(uow, instance.id)
    refusal = refusal_to_complete(actor, facts, task, instance)
    works = candidate and refusal is None
    marks, reason, marked = last_return(actor, dossier, events)
    form = version.form_of(task.element_id)
    form_key = version.element(task.element_id).properties.get("form")
    returned = task.status == "open" and task.group_id is None
    draft = _draft(uow, task) if works else None
    language = actor.language
    settings = version.package.manifest.tasks[task.element_id]
    return TaskView(
        id=task.id,
        instance_id=instance.id,
        number=instance.number,
        process_key=instance.process_key,
        process_title=version.process_title(language),
        definition_version=version.version,
        instance_status=instance.status,
        applicant=applicant,
        element_id=task.element_id,
        title=version.title(task.element_id, language),
        documentation=version.words(language).get(f"hint.{task.element_id}", ""),
        lane=task.lane,
        lane_title=version.lane_title(task.lane, language),
        round=task.round,
        status=task.status,
        outcome=task.outcome,
        version=task.version,
        created_at=task.created_at,
        claimed_at=task.claimed_at,
        due_at=task.due_at,
        ended_at=task.ended_at,
        holder=_holder(actor, dossier, task),
        is_holder=task.assignee_id is not None and task.assignee_id == actor.account_id,
        may_claim=works and task.assignee_id is None,
        may_release=works and task.assignee_id == actor.account_id,
        may_complete=works,
        why_not=refusal.code if refusal else None,
        outcomes=tuple(
            OutcomeView(
                one.key, version.outcome_title(task.element_id, one.key, language) or one.title, str(one.kind)
            )
            for one in settings.outcomes
        ),
        form=form,
        form_key=form_key,
        control=_control(version, instance) if candidate else {},
        draft=draft,
        answers=_answers(dossier, task, draft, candidate=candidate),
        attachments=_files(uow, task, works=works) if candidate else (),
        marks=marks if returned and marked == form_key else (),
        return_reason=reason if returned else None,
        cards=cards(uow, version, instance, [task.element_id], language),
        markable=_markable(version, task.element_id, language),
        submissions=tuple(dossier.submissions),
        timeline=timeline(uow, actor, dossier, events),
        stepper=stepper(version, instance, dossier.tasks, language),
        texts=version.words(language),
    )


def refusal_to_complete(actor: Actor, facts: TaskFacts, task: Task, instance: Instance) -> DomainError | None:
    """Return why the actor may not complete a task as it stands; names are left out here."""
    refusal = policy.refusal_of_work(actor, facts)
    if refusal is not None:
        return refusal
    if instance.quarantined_at is not None:
        return InstanceQuarantined()
    if instance.status != "active":
        return InstanceEnded(instance.status, instance.outcome, instance.ended_at)
    if task.status != "open":
        return TaskNotOpen("", task.ended_at)
    if task.assignee_id not in (None, actor.account_id):
        return TaskAlreadyClaimed("", task.claimed_at)
    return None


def _control(version: Deployed, instance: Instance) -> Mapping[str, Any]:
    """Return what conditions of the form may read; a damaged state is never read."""
    digest = state_digest(instance.id, instance.state_version, instance.definition_id, instance.state)
    if digest != instance.state_sha256:
        return {}
    return engine.read_control(version.package.definition, instance.state)


def _looks_on(actor: Actor, task: Task, facts: TaskFacts) -> bool:
    """Staff and overseers look at any task of their case; the applicant's side at its own ones only."""
    return (
        task.group_id is None
        or policy.may_read_names(actor, policy.CaseFacts(facts.applicant_id, actor.groups & {task.group_id}))
        or not policy.is_applicant(actor, facts.applicant_id)
    )


def _holder(actor: Actor, dossier: Dossier, task: Task) -> Person | None:
    if task.assignee_id is None:
        return None
    return person(actor, dossier.version, dossier.case, dossier.names, task, task.assignee_id)


def _draft(uow: UnitOfWork, task: Task) -> DraftView | None:
    row = uow.session.scalar(
        select(Draft).where(
            Draft.task_id == task.id, Draft.round == task.round, Draft.organisation_id == task.organisation_id
        )
    )
    if row is None:
        return None
    names = names_of(uow, [row.saved_by])
    saved_by = Person(row.saved_by, names.get(row.saved_by, "")) if row.saved_by else None
    return DraftView(row.revision, read_draft(uow, row), saved_by, row.saved_at)


def _answers(dossier: Dossier, task: Task, draft: DraftView | None, *, candidate: bool) -> Mapping[str, Any]:
    """Return what the form begins with: the submission of a task that is done, the draft, or the round before."""
    if not candidate:
        return {}
    own = next((one for one in reversed(dossier.submissions) if one.task_id == task.id), None)
    if own is not None:
        return own.answers
    if draft is not None:
        return draft.answers
    if task.group_id is not None:
        return {}
    before = (one for one in reversed(dossier.submissions) if one.element_id == task.element_id)
    earlier = next(before, None)
    return earlier.answers if earlier is not None else {}


def _files(uow: UnitOfWork, task: Task, *, works: bool) -> tuple[AttachmentView, ...]:
    """Return the files the form may show: held ones to those who work on it, those of earlier rounds besides."""
    rows = uow.session.scalars(
        select(Attachment)
        .join(Task, Task.id == Attachment.task_id)
        .where(
            Task.instance_id == task.instance_id,
            Task.element_id == task.element_id,
            (Attachment.status == "committed")
            | ((Attachment.status == "held") & (Attachment.task_id == task.id)),
        )
        .order_by(Attachment.created_at, Attachment.id)
    ).all()
    shown = [row for row in rows if works or row.status == "committed"]
    return tuple(attachment_views(uow, shown, clear=True))


def _markable(version: Deployed, element_id: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of the form that a return may mark, with their labels."""
    form = version.form_of(element_id)
    source = next((field.options_from for field in form.walk() if field.options_from), None) if form else None
    if source is None:
        return ()
    key = source.removeprefix("fields:")
    words = version.words(language)
    marked = version.package.forms[key]
    return tuple((path, words.get(f"label.{key}.{path}") or path) for path in marked.field_paths())
