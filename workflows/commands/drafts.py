"""Drafts: what an organisation has typed so far. They never touch the engine and write no event."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Draft, Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows import forms, policy
from workflows.commands.results import facts_of
from workflows.commands.tasks import require_free, require_open
from workflows.deployed import Deployed, deployed
from workflows.errors import DraftChanged, FieldLocked, UnknownField
from workflows.forms.access import Access, Right, locked_in
from workflows.forms.merging import DRAFT, MINE, Merged, merge, replaced
from workflows.forms.seen import Seen
from workflows.forms.spread import Rows, gather, new_tag, path_of, spread
from workflows.forms.trace import Touch, Trace
from workflows.queries.drafts import WAITING, open_draft
from workflows.queries.names import name_of, names_of
from workflows.queries.unlocking import access_of
from workflows.queries.views import DraftView, Person
from workflows.standing import require_visible_case, task_facts
from workflows.subjects import Subjects, side_subject


@dataclass(frozen=True, slots=True)
class Typing:
    """What somebody typed on a page. `rows` are the tags of the rows by place, `shown` tells what stood on the page.

    `initial` is what the page began with while there was no draft. `chosen` gives, by place, whose value counts where
    two contend: MINE, DRAFT, or the account whose value waits beside the answer. `key` names the page as it was drawn:
    rows that it added are the same when it is posted again.
    """

    answers: Mapping[str, Any]
    shown: Callable[[str], bool]
    rows: Rows = field(default_factory=dict)
    seen: Seen | None = None
    tab: str = ""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""

    def tag(self, place: str, number: int) -> str:
        """Return a tag for a row that the page has added."""
        return new_tag(self.key, place, number) if self.key else new_tag()


@dataclass(frozen=True, slots=True)
class Together:
    """A draft after somebody's typing was put into it, and what came of each place."""

    draft: DraftView
    merged: Merged


def save_draft(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    answers: Mapping[str, Any],
    revision: int | None = None,
    *,
    before: Callable[[], object] = lambda: None,
) -> DraftView:
    """Keep what is typed, complete or not, encrypted. `revision` is the one that was loaded, 0 for none.

    `before` is done under the lock, in the same transaction: what the answers name is there with them.
    The answers come back with the ids of rows that are people; whoever sends these ids again keeps the people.
    Raises DraftChanged naming who saved meanwhile, TaskAlreadyClaimed, TaskNotOpen, InvalidForm for a key that the
    form does not have, NotFound.
    """
    form, access = _form_of(uow, actor, task_id)
    typed = _load(form, access, answers)
    with uow.begin(actor) as done:
        task, _, _ = lock_for_work(uow, actor, task_id)
        draft = _locked(uow, task)
        if draft is not None and draft.revision != (revision or 0):
            raise DraftChanged(name_of(uow, draft.saved_by), draft.saved_at, draft.revision)
        before()
        was, trace = open_draft(uow, draft) if draft else ({}, Trace())
        fields = form.fields if form else ()
        merged = replaced(
            spread(fields, was, trace.rows), spread(fields, typed, trace.rows, fresh=lambda *_: new_tag())
        )
        return done(_write(uow, actor, task, draft, form, trace, merged, ""), task.id)


def merge_draft(uow: UnitOfWork, actor: Actor, task_id: UUID, typing: Typing) -> Together:
    """Keep what is typed on a page beside what others have typed meanwhile, place by place.

    Nobody is refused because somebody else was faster: only values that two people have changed contend, and those
    wait beside each other. Nothing is written when nothing changed. Raises as `save_draft` does, but no DraftChanged.
    """
    form, access = _form_of(uow, actor, task_id)
    typed, initial = (_load(form, access, one) for one in (typing.answers, typing.initial))
    with uow.begin(actor) as done:
        task, _, _ = lock_for_work(uow, actor, task_id)
        draft = _locked(uow, task)
        before, trace = open_draft(uow, draft) if draft else (initial, Trace())
        merged = put_together(form, before, trace, typed, typing)
        waits = any(
            value is not None
            and all((one.by, one.value) != (actor.account_id, value) for one in trace.beside(place))
            for place, value in merged.contended.items()
        )
        if draft is not None and not merged.changed and not typing.chosen and not waits:
            names = names_of(uow, [draft.saved_by])
            saved_by = Person(draft.saved_by, names.get(draft.saved_by, "")) if draft.saved_by else None
            kept = DraftView(draft.revision, before, saved_by, draft.saved_at, trace)
        else:
            kept = _write(uow, actor, task, draft, form, trace, merged, typing.tab, typing.chosen)
        return done(Together(kept, merged), task.id)


def put_together(
    form: forms.Form | None,
    before: Mapping[str, Any],
    trace: Trace,
    typed: Mapping[str, Any],
    typing: Typing,
) -> Merged:
    """Put what was typed beside a draft; nothing is written. `typed` are the loaded answers of `typing`."""
    fields = form.fields if form else ()
    current = spread(fields, before, trace.rows)
    tags = typing.rows if typing.seen is not None else current.rows
    mine = spread(fields, typed, tags, fresh=typing.tag, shown=typing.shown)
    chosen = {}
    for place, whose in typing.chosen.items():
        waiting = {one.by: one.value for one in trace.beside(place)}
        if whose in (MINE, DRAFT) or whose in waiting:
            chosen[place] = waiting.get(whose, whose)

    def own(place: str) -> bool:
        touch = trace.touch_of(place)
        return bool(typing.tab) and touch is not None and touch.tab == typing.tab

    return merge(current, mine, typing.seen, own, chosen)


def _locked(uow: UnitOfWork, task: Task) -> Draft | None:
    return uow.session.scalar(
        select(Draft)
        .where(
            Draft.task_id == task.id,
            Draft.round == task.round,
            Draft.organisation_id == task.organisation_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _write(
    uow: UnitOfWork,
    actor: Actor,
    task: Task,
    draft: Draft | None,
    form: forms.Form | None,
    trace: Trace,
    merged: Merged,
    tab: str,
    decided: Iterable[str] = (),
) -> DraftView:
    """Write a draft as it is from now on, with a new revision."""
    if draft is None:
        draft = Draft(
            id=uow.ids.new(),
            task_id=task.id,
            round=task.round,
            organisation_id=task.organisation_id,
            revision=0,
        )
    now = uow.clock.now()
    draft.revision += 1
    draft.saved_by, draft.saved_at = actor.account_id, now
    trace = trace.after(merged, Touch(draft.revision, actor.account_id, now, tab), decided)
    draft.subject_id = side_subject(uow, actor, task)
    typed = gather(form.fields, merged.kept) if form else {}
    typed = _seal(uow, actor, task, draft, form, typed, trace)
    uow.session.add(draft)
    saved_by = Person(actor.account_id, name_of(uow, actor.account_id))
    return DraftView(draft.revision, typed, saved_by, now, trace)


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


def find_form(uow: UnitOfWork, actor: Actor, task_id: UUID) -> tuple[Task, Deployed, forms.Form | None]:
    """Read a task with its form before the lock; no form for a stranger, who is refused under it. Raises NotFound."""
    task = uow.session.get(Task, task_id)
    if task is None:
        raise NotFound(kind="task", id=task_id)
    instance = uow.session.get_one(Instance, task.instance_id)
    version = deployed(uow.session, instance.definition_id)
    if not policy.is_of_lane(actor, facts_of(task, instance.organisation_id)):
        return task, version, None
    return task, version, version.form_of(task.element_id)


def require_unlocked(uow: UnitOfWork, actor: Actor, task: Task, version: Deployed, field: str) -> None:
    """Raise FieldLocked where the task may not change a field: the package says so, or a return left it out."""
    if access_of(uow, actor, version, task).right(field) is not Right.EDIT:
        raise FieldLocked(field, label_of(actor, task, version, field))


def label_of(actor: Actor, task: Task, version: Deployed, field: str) -> str:
    """Return the label of a field of a task in the actor's language; rows are not named in it."""
    form, words = version.form_of(task.element_id), version.at(task.element_id).words(actor.language)
    return words.get(f"label.{form.key}.{forms.plain_path(field)}", "") or field if form else field


def _form_of(uow: UnitOfWork, actor: Actor, task_id: UUID) -> tuple[forms.Form | None, Access]:
    """Read the form of a task before the lock, and what the task may do with it."""
    task, version, form = find_form(uow, actor, task_id)
    return form, Access() if form is None else access_of(uow, actor, version, task)


def _load(form: forms.Form | None, access: Access, answers: Mapping[str, Any]) -> dict[str, Any]:
    if form is not None:
        return locked_in(form, forms.load_draft(form, answers), access)
    if answers:
        raise UnknownField(field=str(next(iter(answers)))[:64])
    return {}


def _seal(
    uow: UnitOfWork,
    actor: Actor,
    task: Task,
    draft: Draft,
    form: forms.Form | None,
    typed: dict[str, Any],
    trace: Trace,
) -> dict[str, Any]:
    """Encrypt a draft; return it with the ids of its rows. `open_draft` is the way back.

    The whole is encrypted under the subject of the side, and inside it what is personal under whom it is about: a
    person can be erased while a draft still names them. A row that is a person gets its subject here.
    """
    parts = forms.part_draft(form, typed) if form else forms.Submission({})
    subjects = Subjects(uow, actor, task.instance_id)
    people = subjects.seat(parts.people)
    values: dict[UUID, dict[str, Any]] = {}
    for one in parts.personal:
        values.setdefault(subjects.of(one), {})[one.path] = one.value
    others = []
    for number, other in enumerate(trace.others):
        path, about = path_of(other.place, trace.rows), form.field_at(other.place) if form else None
        personal = about is not None and about.subject is not None and path is not None
        others.append([other.place, other.by, other.at, None if personal else other.value])
        if personal and about is not None and about.subject is not None and path is not None:
            subject_id = subjects.of(forms.PersonalField(path, about.subject, other.value))
            values.setdefault(subject_id, {})[f"{WAITING}{number}"] = other.value
    body = {
        "answers": forms.with_people(parts.answers, people),
        "sealed": {
            str(subject_id): b64encode(uow.personal.encrypt(subject_id, canonical.encode(about))).decode()
            for subject_id, about in values.items()
        },
        "trace": trace.without_values(),
        "others": others,
    }
    draft.body = uow.personal.encrypt(draft.subject_id, canonical.encode(body))
    return forms.with_people(typed, people)
