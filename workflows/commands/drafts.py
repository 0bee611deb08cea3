"""Drafts: what an organisation has typed so far. They never touch the engine and write no event."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Draft, Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows import forms, policy
from workflows.commands.answers import plain
from workflows.commands.results import facts_of
from workflows.commands.tasks import require_free, require_open
from workflows.deployed import Deployed, deployed
from workflows.errors import DraftChanged, UnknownField
from workflows.queries.names import name_of
from workflows.queries.views import DraftView, Person
from workflows.standing import require_visible_case, task_facts
from workflows.subjects import Subjects, side_subject


def save_draft(
    uow: UnitOfWork, actor: Actor, task_id: UUID, answers: Mapping[str, Any], revision: int | None = None
) -> DraftView:
    """Keep what is typed, complete or not, encrypted. `revision` is the one that was loaded, 0 for none.

    The answers come back with the ids of rows that are people; whoever sends these ids again keeps the people.
    Raises DraftChanged naming who saved meanwhile, TaskAlreadyClaimed, TaskNotOpen, InvalidForm for a key that the
    form does not have, NotFound.
    """
    form, typed = _load(uow, actor, task_id, answers)
    with uow.begin(actor) as done:
        task, _, _ = lock_for_work(uow, actor, task_id)
        draft = uow.session.scalar(
            select(Draft)
            .where(
                Draft.task_id == task.id,
                Draft.round == task.round,
                Draft.organisation_id == task.organisation_id,
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if draft is not None and draft.revision != (revision or 0):
            raise DraftChanged(name_of(uow, draft.saved_by), draft.saved_at, draft.revision)
        if draft is None:
            draft = Draft(
                id=uow.ids.new(),
                task_id=task.id,
                round=task.round,
                organisation_id=task.organisation_id,
                revision=0,
            )
        draft.subject_id = side_subject(uow, actor, task)
        typed = _seal(uow, actor, task, draft, form, typed)
        draft.revision += 1
        draft.saved_by = actor.account_id
        draft.saved_at = uow.clock.now()
        uow.session.add(draft)
        saved_by = Person(actor.account_id, name_of(uow, actor.account_id))
        return done(DraftView(draft.revision, typed, saved_by, draft.saved_at), task.id)


def lock_for_work(uow: UnitOfWork, actor: Actor, task_id: UUID) -> tuple[Task, Instance, Deployed]:
    """Lock the task; its instance is only kept from being ended, so that two people typing never wait for each other.

    Instance before task, as every command locks: an attachment points to both, and the other order is a deadlock.
    Raises NotFound to strangers, and the refusals of somebody who could not complete the task.
    """
    found = uow.session.scalar(
        select(Instance)
        .join(Task, Task.instance_id == Instance.id)
        .where(Task.id == task_id)
        .with_for_update(read=True, key_share=True, of=Instance)
        .execution_options(populate_existing=True)
    )
    task = uow.session.scalar(
        select(Task).where(Task.id == task_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None or task is None:
        raise NotFound(kind="task", id=task_id)
    instance: Instance = found
    facts = task_facts(uow.session, actor, task, instance)
    if not policy.is_candidate(actor, facts):
        require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "task", task.id)
    policy.require(policy.refusal_of_work(actor, facts))
    version = deployed(uow.session, instance.definition_id)
    require_open(uow, actor, version, task, instance)
    require_free(uow, actor, version, task, instance)
    return task, instance, version


def find_form(uow: UnitOfWork, actor: Actor, task_id: UUID) -> forms.Form | None:
    """Read the form of a task before the lock; None for a stranger, who is refused under it."""
    task = uow.session.get(Task, task_id)
    if task is None:
        raise NotFound(kind="task", id=task_id)
    instance = uow.session.get_one(Instance, task.instance_id)
    if not policy.is_candidate(actor, facts_of(task, instance)):
        return None
    return deployed(uow.session, instance.definition_id).form_of(task.element_id)


def _load(
    uow: UnitOfWork, actor: Actor, task_id: UUID, answers: Mapping[str, Any]
) -> tuple[forms.Form | None, dict[str, Any]]:
    form = find_form(uow, actor, task_id)
    if form is not None:
        return form, plain(forms.load_draft(form, answers))
    if answers:
        raise UnknownField(field=str(next(iter(answers)))[:64])
    return None, {}


def _seal(
    uow: UnitOfWork, actor: Actor, task: Task, draft: Draft, form: forms.Form | None, typed: dict[str, Any]
) -> dict[str, Any]:
    """Encrypt a draft; return it with the ids of its rows. `read_draft` is the way back.

    The whole is encrypted under the subject of the side, and inside it what is personal under whom it is about: a
    person can be erased while a draft still names them. A row that is a person gets its subject here.
    """
    parts = forms.part_draft(form, typed) if form else forms.Submission({})
    subjects = Subjects(uow, actor, task.instance_id)
    people = subjects.seat(parts.people)
    values: dict[UUID, dict[str, Any]] = {}
    for one in parts.personal:
        values.setdefault(subjects.of(one), {})[one.path] = one.value
    body = {
        "answers": forms.with_people(parts.answers, people),
        "sealed": {
            str(subject_id): b64encode(uow.personal.encrypt(subject_id, canonical.encode(about))).decode()
            for subject_id, about in values.items()
        },
    }
    draft.body = uow.personal.encrypt(draft.subject_id, canonical.encode(body))
    return forms.with_people(typed, people)
