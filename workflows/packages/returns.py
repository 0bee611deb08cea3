"""Returns that nobody drew: whether each pair that the manifest allows has a part of the drawing that can be undone."""

from workflows.engine import RETURN_REASONS, return_refusal
from workflows.packages.parts import Parts


def check_returns(parts: Parts) -> None:
    """Note every `return_to` of a task that names no user task, or to which the case could never be sent back."""
    if parts.definition is None or parts.manifest is None:
        return
    tasks = {task.id for task in parts.elements("user_task")}
    for source, settings in parts.manifest.tasks.items():
        place = f"tasks.{source}.return_to"
        for at, target in enumerate(settings.return_to):
            if target in settings.return_to[:at]:
                message = f"'{source}' names '{target}' twice."
                parts.refuse_setting(place, "manifest_twice", message, task=source, to=target)
            elif target not in tasks:
                message = f"'{target}' is no user task of the drawing."
                parts.refuse_setting(place, "name_unknown", message, name=target)
            elif source in tasks and (reason := return_refusal(parts.definition, source, target)):
                message = (
                    f"A case cannot be sent back from '{source}' to '{target}': {RETURN_REASONS[reason]}."
                )
                parts.refuse_setting(
                    place, "return_impossible", message, task=source, to=target, reason=reason
                )
