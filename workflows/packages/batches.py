"""Outcomes that may be given to many tasks at once: whether that could be done without a word about any of them."""

from datetime import date
from typing import Final

from workflows.forms import InvalidForm, load_answers
from workflows.packages.manifest_tasks import OutcomeKind
from workflows.packages.parts import Parts

SOME_DAY: Final = date(2026, 1, 5)
KINDS: Final = (OutcomeKind.APPROVE, OutcomeKind.SUBMIT)
"""Whoever returns or rejects says why, to each."""


def check_batches(parts: Parts) -> None:
    """Note every `batch` of a task that names no outcome of it, or one that cannot be given to many at once."""
    if parts.definition is None or parts.manifest is None:
        return
    tasks = {task.id: task for task in parts.elements("user_task")}
    for task, settings in parts.manifest.tasks.items():
        place = f"tasks.{task}.batch"
        for at, key in enumerate(settings.batch):
            outcome = settings.outcome(key)
            if key in settings.batch[:at]:
                parts.refuse_setting(place, "manifest_twice", f"'{task}' names '{key}' twice.")
            elif outcome is None:
                message = f"'{key}' is no outcome of '{task}'."
                parts.refuse_setting(place, "name_unknown", message, name=key)
            elif outcome.kind not in KINDS:
                message = f"'{key}' says no: whoever returns or rejects gives each applicant a reason of their own."
                parts.refuse_setting(place, "batch_kind", message, task=task, outcome=key)
            elif task in tasks and tasks[task].countersign is not None:
                message = f"'{task}' is signed by several people, and each signs for themselves."
                parts.refuse_setting(place, "batch_signed", message, task=task)
            elif _asks(parts, task, key):
                message = f"The form of '{task}' asks for something before '{key}': it cannot be given to many at once."
                parts.refuse_setting(place, "batch_form", message, task=task, outcome=key)


def _asks(parts: Parts, task: str, outcome: str) -> bool:
    """Tell whether the form refuses an outcome when nothing is filled in."""
    form = parts.form_of(task)
    if form is None:
        return False
    try:
        load_answers(form, {}, control={"outcome": outcome}, files={}, today=SOME_DAY)
    except InvalidForm:
        return True
    return False
