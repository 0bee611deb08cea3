"""A form as it stands on a desk, judged: what is hidden, locked, computed, missing; nothing is kept."""

import re
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from service.current import clock
from service.pages.sheets import Drawing, Sheet
from service.pages.words import local

if TYPE_CHECKING:
    from service.pages.desk import Desk
    from workflows.forms import Form
    from workflows.queries.views import TaskView


def standing(view: "TaskView", typed: dict[str, Any]) -> dict[str, Any]:
    """Return what is typed with what stands locked beside it; what was tampered with is left to the command."""
    from workflows.forms import InvalidForm
    from workflows.forms.access import locked_in

    try:
        return locked_in(view.form, typed, view.access) if view.form is not None else typed
    except InvalidForm:
        return typed


def sheet_of(desk: "Desk") -> Sheet:
    """Draw the form as it stands, with what is missing; nothing is kept."""
    from workflows import forms

    view = desk.view
    if view.form is None:
        return Sheet(())
    form, control = view.form, desk.control
    lenient = readable(form, desk.typed)
    concealed = view.access.concealed
    settled = forms.settle(form, lenient, control, concealed)
    hidden = frozenset(settled[0])
    drawing = Drawing(
        form=form,
        answers=desk.typed,
        texts=view.texts,
        hidden=hidden,
        computed=settled[1],
        errors=desk.errors or {**faults(desk, hidden), **desk.past},
        shown=None if desk.checked else desk.past,
        attachments=view.attachments,
        marks=view.marks,
        markable=view.markable,
        advice=forms.advices(form, lenient, control, settled=settled),
        rivals=desk.rivals,
        fresh=desk.fresh,
        access=view.access if view.access.limited else None,
    )
    sheet = drawing.draw()
    sheet.shape = shape_of(hidden)
    return sheet


def shape_of(hidden: frozenset[str]) -> str:
    """Return a short name for what is on the form: as long as it is the same, saving has nothing new to draw."""
    return blake2b("\n".join(sorted(hidden)).encode(), digest_size=8).hexdigest()


def readable(form: "Form", typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is typed as far as a draft could keep it; answers past every limit are left out as a whole."""
    from workflows import forms

    try:
        return forms.load_draft(form, typed)
    except forms.InvalidForm as found:
        faulty = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in found.errors}
        return forms.load_draft(form, {key: value for key, value in typed.items() if key not in faulty})


def faults(desk: "Desk", hidden: frozenset[str]) -> Mapping[str, Sequence[Any]]:
    """Return what stands in the way of handing the form in now."""
    from workflows import forms
    from workflows.forms import AttachmentInfo

    view = desk.view
    assert view.form is not None  # noqa: S101 - only called for a task with a form
    files = {
        one.id: AttachmentInfo(
            field=one.field, size=one.size or 0, media_type=one.media_type or "", sha256=one.sha256 or ""
        )
        for one in view.attachments
    }
    answers = without(desk.typed, hidden)
    try:
        forms.load_answers(
            view.form,
            answers,
            control=desk.control,
            files=files,
            today=local(clock().now()).date(),
            concealed=view.access.concealed,
        )
    except forms.InvalidForm as found:
        return found.errors
    return {}


def without(answers: Mapping[str, Any], hidden: Collection[str], above: str = "") -> dict[str, Any]:
    """Return answers without those at hidden paths, in rows too."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        path = f"{above}{key}"
        if path in hidden:
            continue
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            found[key] = [without(row, hidden, f"{path}[{n}].") for n, row in enumerate(value)]
        else:
            found[key] = value
    return found


def drop_hidden(desk: "Desk") -> dict[str, Any]:
    """Return the answers without those of fields that are not on the page now."""
    from workflows import forms

    if desk.view.form is None:
        return {}
    concealed = desk.view.access.concealed
    hidden = forms.hidden_paths(desk.view.form, readable(desk.view.form, desk.typed), desk.control, concealed)
    return without(desk.typed, hidden)
