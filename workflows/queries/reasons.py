"""Why a case went where it went, in the words of the package: from what the journal wrote down of each step.

Only control data is read by what decides, and no personal value is ever control data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.deployed import Deployed
from workflows.engine import Element
from workflows.places import Place
from workflows.queries.views import Reason


def reasons_of(version: Deployed, event: Mapping[str, Any], language: str) -> tuple[Reason, ...]:
    """Return the decisions of one event, in their order: ways that were chosen, rows of decision tables.

    A choice that only repeats the outcome of the task that was completed in this very step is not told.
    """
    found: list[Reason] = []
    read: dict[str, dict[str, Any]] = {}
    task = event["task"]["element"] if event["task"] else None
    for entry in event["trail"]:
        element = version.element(entry["element_id"])
        if entry["kind"] == "read":
            read.setdefault(element.id, {}).update(entry["values"])
        elif entry["kind"] == "decision":
            found.append(_table(version, element, entry["values"], language))
        elif entry["kind"] == "flow" and element.kind in ("exclusive_gateway", "inclusive_gateway"):
            values = read.pop(element.id, {})
            reason = _choice(version, element, entry["flow_id"], values, language)
            said_before = task is not None and set(values) <= {f"{version.element(task).local}.outcome"}
            if reason is not None and not said_before:
                found.append(reason)
    return tuple(found)


def _choice(
    version: Deployed, element: Element, flow_id: str, values: Mapping[str, Any], language: str
) -> Reason | None:
    """A way that was chosen, None where the drawing names neither the question nor the answer."""
    place = version.at(element.id)
    words = place.words(language)
    question = words.get(f"element.{element.local}", "").rstrip("？? ")
    answer = words.get(f"flow.{flow_id.removeprefix(place.prefix)}", "")
    if not question or not (answer or values):
        return None
    facts = [_fact(version, place, name, value, language) for name, value in values.items()]
    return Reason(question, tuple(fact for fact in facts if fact), answer)


def _table(version: Deployed, element: Element, values: Mapping[str, Any], language: str) -> Reason:
    """A row of a decision table: what it was given, and what it says."""
    place = version.at(element.id)
    table = version.package.definition.decisions[element.prefix + element.properties["decision"]]
    words = place.words(language)
    title = words.get(f"decision.{table.id}") or words.get(f"element.{element.local}", "")
    item, each = element.properties.get("item"), element.properties.get("each")
    given = []
    for column in table.inputs:
        value = values["inputs"].get(column.expression.text)
        name = column.expression.text
        if item and each and name.startswith(f"{item}."):
            name = each + name.removeprefix(item)
        _, shown = _fact(version, place, name, value, language) or ("", value)
        given.append((words.get(f"column.{table.id}.{column.id}") or column.label, shown))
    outputs = values["outputs"] if isinstance(values["outputs"], Sequence) else [values["outputs"]]
    said = [
        (words.get(f"column.{table.id}.{column.id}") or column.label or column.name, row.get(column.name))
        for row in outputs
        if isinstance(row, Mapping)
        for column in table.outputs
    ]
    return Reason(title, tuple(given), "", tuple(said))


def _fact(version: Deployed, place: Place, name: str, value: Any, language: str) -> tuple[str, Any] | None:
    """A value that was read, by its label; None for what has no words in the package."""
    root, _, path = name.partition(".")
    element = version.package.definition.elements.get(place.prefix + root)
    if element is None or not path:
        return None
    if path == "outcome":
        title = version.outcome_title(element.id, str(value), language) if value else None
        return (version.at(element.id).title(language), title) if title else None
    form = version.form_of(element.id) if element.kind == "user_task" else None
    field = form.field_at(path) if form else None
    if form is None or field is None or field.subject is not None:
        return None
    words = place.words(language)
    options = {
        str(one.value): words.get(f"option.{form.key}.{field.path}.{one.value}") or one.label
        for one in field.options
    }
    label = words.get(f"label.{form.key}.{field.path}") or field.label
    return (label, options.get(str(value), value)) if label and value is not None else None
