"""What tasks may do with the fields of their forms: whether every name exists and every right can be kept."""

from collections.abc import Mapping

from workflows.forms.access import Right, resolved
from workflows.forms.form import Field, Form
from workflows.packages.parts import Parts


def check_access(parts: Parts) -> None:
    """Note rights to what no form has, rights that rows cannot keep, and required fields that nobody could fill."""
    if parts.definition is None or parts.manifest is None:
        return
    for task in parts.elements("user_task"):
        settings = parts.manifest.tasks.get(task.id)
        form = parts.form_of(task.id)
        if settings is None or not settings.fields:
            continue
        place = f"tasks.{task.id}.fields"
        if form is None:
            parts.refuse_setting(place, "access_unknown", f"'{task.id}' has no form, so there are no fields.")
            continue
        names = {one.path or one.id: one for one in form.walk()}
        for name in settings.fields:
            if name not in names:
                message = f"'{name}' is no field, list or group of the form '{form.key}'."
                parts.refuse_setting(f"{place}.{name}", "access_unknown", message, name=name)
        _rights(parts, place, form, resolved(form, settings.fields))
        _sources(parts, place, task.id, form, settings.fields)


def _rights(parts: Parts, place: str, form: Form, rights: Mapping[str, Right]) -> None:
    def look(fields: tuple[Field, ...], around: Right, *, in_rows: bool) -> None:
        for one in fields:
            right = rights.get(one.path or one.id, Right.EDIT)
            at, name = f"{place}.{one.path or one.id}", one.path or one.id
            if around is Right.HIDDEN and right is not Right.HIDDEN:
                message = f"'{name}' lies in what is hidden, so it is hidden as well."
                parts.refuse_setting(at, "access_hidden", message, name=name)
            elif in_rows and right != around and (around, right) != (Right.READ, Right.EDIT):
                message = (
                    f"'{name}' stands in rows: their list is read or hidden as a whole, and of a list that is read "
                    "single columns may be edited."
                )
                parts.refuse_setting(at, "access_rows", message, name=name)
            if right is Right.HIDDEN and (one.required or one.validate.get("minRows")):
                message = f"'{name}' is required, but hidden from this task."
                parts.refuse_setting(at, "access_required", message, name=name)
            rows = one.type == "dynamiclist"
            look(one.children, right if rows or one.type == "group" else around, in_rows=in_rows or rows)

    look(form.fields, Right.EDIT, in_rows=False)


def _sources(parts: Parts, place: str, task_id: str, form: Form, said: Mapping[str, Right]) -> None:
    """What a task only reads is written by another one that has the same form."""
    others = [
        resolved(form, parts.manifest.tasks[one.id].fields)
        for one in parts.elements("user_task")
        if parts.manifest and one.id != task_id and one.id in parts.manifest.tasks
        if (other := parts.form_of(one.id)) is not None and other.key == form.key
    ]
    mine = resolved(form, said)
    for one in form.walk():
        if not one.answered or mine.get(one.path) is not Right.READ:
            continue
        if not any(rights.get(one.path, Right.EDIT) is Right.EDIT for rights in others):
            message = f"'{one.path}' is only read here, and no other task with this form writes it."
            parts.refuse_setting(f"{place}.{one.path}", "access_no_source", message, name=one.path)
