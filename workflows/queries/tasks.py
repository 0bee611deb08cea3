"""A task with all that its page needs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Draft, Instance, Organisation, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import deployed
from workflows.errors import (
    DomainError,
    InstanceEnded,
    InstanceQuarantined,
    SignatureNotNeeded,
    TaskAlreadyClaimed,
    TaskNotOpen,
)
from workflows.forms import Field, Form, InvalidForm
from workflows.forms.access import Access, locked_in
from workflows.forms.form import flat, plain_path
from workflows.places import Place
from workflows.policy import TaskFacts
from workflows.queries.ahead import ahead_of_outcomes, control_of, returns_from
from workflows.queries.attachments import attachment_views
from workflows.queries.cards import cards
from workflows.queries.drafts import open_draft
from workflows.queries.names import names_of
from workflows.queries.signatures import signings
from workflows.queries.signers import with_choices
from workflows.queries.stepper import stepper
from workflows.queries.submissions import Dossier, person, read_dossier
from workflows.queries.timeline import Returned, events_of, last_return, timeline
from workflows.queries.unlocking import access_with
from workflows.queries.views import (
    AttachmentView,
    DraftView,
    OutcomeView,
    Person,
    ReturnTarget,
    SigningView,
    TaskView,
)
from workflows.queries.watermarks import with_watermarks
from workflows.signatures import same_part, signer_of
from workflows.standing import case_facts, task_facts

MOST_ROW_PATHS: Final = 400
"""So many fields of rows are offered for a remark; beyond them the list as a whole is."""


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
    place = version.at(task.element_id)
    back = last_return(uow, actor, dossier, events, [task] if task.status == "open" else [])
    form = place.form
    form_key = form.key if form else None
    draft = _draft(uow, task) if works else None
    marks = back.marks if back.form == form_key else ()
    access = access_with(uow, version, task, [one.field for one in marks]) if works else Access()
    language = actor.language
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
        documentation=place.words(language).get(f"hint.{place.local}", ""),
        lane=task.lane,
        lane_title=place.lane_title(task.lane, language),
        round=task.round,
        status=task.status,
        outcome=task.outcome,
        version=task.version,
        created_at=task.created_at,
        claimed_at=task.claimed_at,
        due_at=task.due_at,
        expires_at=instance.fill_in_until if instance.fill_in_key == task.key else None,
        ended_at=task.ended_at,
        holder=_holder(actor, dossier, task),
        is_holder=task.assignee_id is not None and task.assignee_id == actor.account_id,
        may_claim=works and task.assignee_id is None,
        may_release=works and task.assignee_id == actor.account_id and signer_of(task) is None,
        may_complete=works,
        why_not=refusal.code if refusal else None,
        outcomes=tuple(
            OutcomeView(
                one.key,
                place.outcome_title(one.key, language),
                str(one.kind),
                place.phrases(one.key, language),
            )
            for one in place.settings.outcomes
        ),
        form=form,
        form_key=form_key,
        control=control_of(version, instance, task) if candidate else {},
        draft=draft,
        answers=_seen(form, _answers(dossier, task, draft, back), access) if candidate else {},
        attachments=_files(uow, actor, dossier, task, works=works) if candidate else (),
        marks=marks,
        access=access,
        return_reason=back.reason,
        returns=_returns(dossier, task, language) if works else (),
        cards=cards(uow, version, instance, [task.element_id], language),
        markable=_markable(place, dossier, language),
        submissions=tuple(dossier.submissions),
        timeline=timeline(uow, actor, dossier, events),
        stepper=stepper(version, instance, dossier.tasks, language),
        texts=place.words(language),
        item=canonical.decode(task.item) if task.item else None,
        signing=_signing(uow, actor, dossier, task, works=works),
        materials=_materials(place, language),
        ahead=ahead_of_outcomes(version, instance, task, dossier.tasks, language) if works else {},
    )


def _signing(uow: UnitOfWork, actor: Actor, dossier: Dossier, task: Task, *, works: bool) -> SigningView | None:
    found = next(iter(signings(uow, actor, dossier, [task.whole_key] if task.signer else [])), None)
    return with_choices(uow, actor, dossier.version, task, found) if found is not None and works else found


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
        released = task.signer is not None and task.ended_by is None
        return SignatureNotNeeded() if released else TaskNotOpen("", task.ended_at)
    if task.assignee_id not in (None, actor.account_id):
        return TaskAlreadyClaimed("", task.claimed_at)
    return None


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
    answers, trace = open_draft(uow, row)
    return DraftView(row.revision, answers, saved_by, row.saved_at, trace)


def _answers(dossier: Dossier, task: Task, draft: DraftView | None, back: Returned) -> Mapping[str, Any]:
    """Return what the form begins with: the submission of a task that is done, the draft, or the round before.

    Whoever decides begins anew in a drawn round, and goes on from the words of the earlier one after another return.
    """
    own = next((one for one in reversed(dossier.submissions) if one.task_id == task.id), None)
    if own is not None:
        return own.answers
    if draft is not None:
        return draft.answers
    if task.group_id is not None and not back.undrawn:
        return {}
    before = (one for one in reversed(dossier.submissions) if _is_same_work(dossier.task(one.task_id), task))
    earlier = next(before, None)
    return earlier.answers if earlier is not None else {}


def _seen(form: Form | None, answers: Mapping[str, Any], access: Access) -> Mapping[str, Any]:
    """Return the answers with those that stand as they are, without what the task does not see."""
    if form is None or not access.limited:
        return answers
    try:
        return locked_in(form, answers, access)
    except InvalidForm:  # a draft from before: what stands counts
        return access.base


def _is_same_work(earlier: Task | None, task: Task) -> bool:
    same = ("element_id", "signer", "item")
    return earlier is not None and all(getattr(earlier, name) == getattr(task, name) for name in same)


def _returns(dossier: Dossier, task: Task, language: str) -> tuple[ReturnTarget, ...]:
    """Return the steps to which the case may be sent back from a task: allowed, passed before, and possible."""
    version = dossier.version
    been = {one.element_id for one in dossier.tasks}
    return tuple(
        ReturnTarget(to, version.title(to, language)) for to in returns_from(version, task.element_id, been)
    )


def _files(
    uow: UnitOfWork, actor: Actor, dossier: Dossier, task: Task, *, works: bool
) -> tuple[AttachmentView, ...]:
    """Return the files the form may show: held ones to those who work on it, those of earlier rounds besides."""
    rows = uow.session.scalars(
        select(Attachment)
        .join(Task, Task.id == Attachment.task_id)
        .where(
            same_part(task),
            (Attachment.status == "committed")
            | ((Attachment.status == "held") & (Attachment.task_id == task.id)),
        )
        .order_by(Attachment.created_at, Attachment.id)
    ).all()
    shown = [row for row in rows if works or row.status == "committed"]
    views = attachment_views(uow, shown, clear=True)
    steps = dict.fromkeys((one.task_id for one in views), task.element_id)
    return tuple(with_watermarks(actor, dossier.version, dossier.case.organisation_id, steps, views))


def _materials(place: Place, language: str) -> tuple[tuple[str, str], ...]:
    """Return the materials that have a field on the form of this task, in the order of the catalogue."""
    words, task = place.words(language), f"{place.local}."
    return tuple(
        (words.get(f"material.{one.key}.title") or one.title, one.field.removeprefix(task))
        for one in place.package.manifest.materials
        if one.field and one.field.startswith(task)
    )


def _markable(place: Place, dossier: Dossier, language: str) -> tuple[tuple[str, str], ...]:
    """Return the fields of the form that a return may mark, with their labels; then those of each row handed in."""
    form = place.form
    source = next((field.options_from for field in form.walk() if field.options_from), None) if form else None
    if source is None:
        return ()
    key = source.removeprefix("fields:")
    words = place.words(language)
    marked = place.package.forms[key]
    paths = list(marked.field_paths())
    given = [one for one in dossier.submissions if one.form is not None and one.form.key == key]
    if given:
        paths += islice(_paths_of_rows(marked.fields, given[-1].answers, ""), MOST_ROW_PATHS)
    return tuple((path, words.get(f"label.{key}.{plain_path(path)}") or path) for path in paths)


def _paths_of_rows(fields: Sequence[Field], answers: Mapping[str, Any], above: str) -> Iterator[str]:
    """Yield the path of every field in every row, ``lines[0].quantity``, rows inside rows too."""
    for one in flat(tuple(fields)):
        rows = answers.get(one.key) if one.type == "dynamiclist" else None
        for at, row in enumerate(rows) if isinstance(rows, list | tuple) else ():
            if not isinstance(row, Mapping):
                continue
            here = f"{above}{one.key}[{at}]."
            yield from (f"{here}{child.key}" for child in flat(one.children) if child.answered)
            yield from _paths_of_rows(one.children, row, here)
