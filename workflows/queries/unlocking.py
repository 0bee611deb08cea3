"""What a task may do with its form now: the rights of the package, and after a return only what was marked."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.models import Instance, Submission, Task
from storage.unit_of_work import UnitOfWork
from workflows import forms
from workflows.deployed import Deployed
from workflows.forms.access import Access, Right, resolved
from workflows.forms.form import flat
from workflows.judging import faults_of
from workflows.queries.submissions import place as put
from workflows.queries.submissions import read_dossier
from workflows.queries.timeline import events_of, last_return
from workflows.standing import case_facts


def access_of(uow: UnitOfWork, actor: Actor, version: Deployed, task: Task) -> Access:
    """Return what may be done with the form of a task; a task of the first round with no rights reads nothing."""
    place = version.at(task.element_id)
    if place.form is None or (task.round == 1 and not place.settings.fields):
        return Access()
    marks: Collection[str] = ()
    if task.round > 1 and task.status == "open":
        instance = uow.session.get_one(Instance, task.instance_id)
        case = case_facts(uow.session, instance.id, instance.organisation_id)
        dossier = read_dossier(uow, actor, version, instance, case)
        back = last_return(uow, actor, dossier, events_of(uow, instance.id), [task])
        marks = [one.field for one in back.marks] if back.form == place.form.key else ()
    return access_with(uow, version, task, marks)


def access_with(uow: UnitOfWork, version: Deployed, task: Task, marks: Collection[str]) -> Access:
    """Return what may be done with the form of a task, given what the return behind it marked."""
    place = version.at(task.element_id)
    form = place.form
    if form is None or (not place.settings.fields and (not marks or task.round == 1)):
        return Access()
    rights = {path: one for path, one in resolved(form, place.settings.fields).items() if one != Right.EDIT}
    base = base_of(uow, version, task, form)
    if not marks or task.round == 1:  # a mark is about what was handed in before
        return Access(resolved(form, place.settings.fields) if rights else {}, None, base)
    whole = Access(resolved(form, place.settings.fields), None, base)
    hidden = forms.hidden_paths(form, forms.load_draft(form, base), {}, whole.concealed)
    faults = faults_of(uow, version, task, form, base, whole)
    return Access(whole.rights, frozenset({*marks, *hidden, *_faulty(form, faults)}), base)


def _faulty(form: forms.Form, faults: Mapping[str, Any]) -> set[str]:
    """What has become invalid since it was handed in is open as well, with all that a broken check reads."""
    open_paths = {path for path in faults if path}
    broken = {code.params.get("check") for code in faults.get("", ())}
    for rule in form.checks:
        if rule.id in broken:
            open_paths |= {name for name in rule.expression.names if form.field_at(name)}
    return open_paths


def base_of(uow: UnitOfWork, version: Deployed, task: Task, form: forms.Form) -> dict[str, Any]:
    """Return what was last handed in with this form, by this task or by others that share it.

    A later paper counts for what its task could see; what was hidden from it stands as it was. Personal values are
    in clear: they are compared and kept, and shown by whoever may show them.
    """
    rows = uow.session.execute(
        select(Submission, Task.signer, Task.item)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.instance_id == task.instance_id)
        .order_by(Submission.created_at, Submission.id)
    ).all()
    prefix = version.at(task.element_id).prefix
    found = [
        row.Submission
        for row in rows
        if (place := version.at(row.Submission.element_id)).prefix == prefix and place.form is form
        if row.Submission.element_id != task.element_id or (row.signer, row.item) == (task.signer, task.item)
    ]
    personal = uow.personal.read([one.id for one in found]) if found else {}
    base: dict[str, Any] = {}
    for one in found:
        answers = canonical.decode(one.answers)
        for path, value in sorted(personal.get(one.id, {}).items()):
            if value is not None:
                put(answers, path, value)
        rights = resolved(form, version.at(one.element_id).settings.fields)
        unseen = {key: value for key, value in base.items() if rights.get(key) is Right.HIDDEN}
        base = unseen | answers
    return _answerable(form.fields, base)


def _answerable(fields: tuple[Any, ...], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is computed: nobody typed it."""
    kept: dict[str, Any] = {}
    for one in flat(fields):
        value = answers.get(one.key)
        if value is None or not (one.answered or one.type == "dynamiclist"):
            continue
        if one.type == "dynamiclist":
            value = [
                _answerable(one.children, row) | {name: row[name] for name in (forms.ROW_ID,) if name in row}
                for row in value
            ]
        kept[one.key] = value
    return kept
