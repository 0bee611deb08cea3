"""Whether drawing, manifest, forms and handlers of a package agree: every name that one uses, another declares."""

import re
from typing import Final

from marshmallow import Schema

from workflows.engine import Element
from workflows.engine.countersign import words
from workflows.functions import FUNCTIONS
from workflows.handlers import HANDLERS
from workflows.packages.inside import below, expressions_of, fields_of
from workflows.packages.manifest import Manifest
from workflows.packages.parts import PROCESS, Parts
from workflows.packages.watermarks import EVERY_FILE

OUTCOME: Final = re.compile(r'(?<![\w.])([A-Za-z_]\w*)\.outcome\s*(?:!=|=)\s*"((?:[^"\\]|\\.)*)"')
OWN_OUTCOME: Final = re.compile(r'(?<![\w.])outcome\s*(?:!=|=)\s*"((?:[^"\\]|\\.)*)"')
LITERAL: Final = re.compile(r'\s*"([^"\\]*)"\s*')
PLAIN_PATH: Final = re.compile(r"\s*([A-Za-z_]\w*)\.([A-Za-z_][\w.]*)\s*")


def check_agreement(parts: Parts) -> None:
    """Note every name that is used and not declared, and every declaration that is not used."""
    if parts.definition is None:
        return
    _forms_of_tasks(parts)
    _outcomes_in_conditions(parts)
    for element in parts.elements("service_task"):
        _handler(parts, element)
    for element in parts.elements("script_task"):
        _function(parts, element)
    _decisions(parts)
    if parts.manifest:
        _manifest_of_drawing(parts, parts.manifest)
        _materials(parts, parts.manifest)
        _notifications(parts, parts.manifest)
        _watermarks(parts, parts.manifest.watermark)


def _notifications(parts: Parts, manifest: Manifest) -> None:
    steps = {task.id for task in parts.elements("user_task")}
    for one in manifest.notifications:
        if one.step is not None and one.step not in steps:
            message = f"'{one.key}' is told of the step '{one.step}', which is no user task of the drawing."
            parts.refuse_setting("notifications", "notification_step", message, step=one.step)


def _forms_of_tasks(parts: Parts) -> None:
    used = set()
    for task in parts.elements("user_task"):
        form = task.properties.get("form")
        if form is not None:
            used.add(form)  # that the file is there was checked with the drawing
    for form in sorted(parts.forms.keys() - used):
        parts.refuse(
            f"forms/{form}.json", None, None, "form_unused", f"No user task names the form '{form}'."
        )
    for key, one in parts.forms.items():
        for field in fields_of(one).values():
            if field.options_from and f"forms/{field.options_from}.json" not in parts.files:
                file = f"forms/{key}.json"
                message = f"'{field.path}' offers the fields of the form '{field.options_from}', which is not there."
                parts.refuse(
                    file, field.path, parts.line_in(file, field.options_from), "form_missing", message
                )


def _outcomes_in_conditions(parts: Parts) -> None:
    definition, manifest = parts.definition, parts.manifest
    if definition is None or manifest is None:
        return
    for flow in definition.flows.values():
        if "." in flow.id:  # of a called process, which was checked by itself
            continue
        for task, outcome in OUTCOME.findall(flow.condition or ""):
            if not _offers(manifest, definition.elements.get(task), task, outcome):
                line = parts.line_in(PROCESS, f'id="{flow.id}"')
                message = f"The condition of '{flow.id}' asks for the outcome '{outcome}', which '{task}' does not offer."
                parts.refuse(PROCESS, flow.id, line, "outcome_unknown", message, task=task, outcome=outcome)
    for key, form in parts.forms.items():
        offered = {
            outcome.key
            for task in parts.elements("user_task")
            if task.properties.get("form") == key and task.id in manifest.tasks
            for outcome in manifest.tasks[task.id].outcomes
        }
        for place, expression in expressions_of(form):
            for outcome in OWN_OUTCOME.findall(expression.text):
                if offered and outcome not in offered:
                    file = f"forms/{key}.json"
                    message = (
                        f"'{place}' asks for the outcome '{outcome}', which no task with this form offers."
                    )
                    parts.refuse(file, place, parts.line_in(file, f'"{place}"'), "outcome_unknown", message)


def _offers(manifest: Manifest, element: Element | None, task: str, outcome: str) -> bool:
    """Tell whether a task can come to an outcome: one that it declares, or one of a countersigned task as a whole."""
    if element is not None and element.countersign is not None:
        return outcome in words(element)
    settings = manifest.tasks.get(task)
    return settings is None or settings.outcome(outcome) is not None


def _handler(parts: Parts, element: Element) -> None:
    name = element.properties.get("handler", "")
    handler = HANDLERS.get(name)
    if handler is None:
        known = ", ".join(sorted(HANDLERS))
        message = f"The service task '{element.id}' names the handler '{name}'. There are: {known}."
        parts.refuse_element(element, "handler_unknown", message, handler=name)
        return
    inputs = input_names(handler.input)
    given = {key.removeprefix("input.") for key in element.properties if key.startswith("input.")}
    for extra in sorted(given - inputs.keys()):
        message = (
            f"The handler '{name}' takes no input '{extra}'. It takes: {', '.join(sorted(inputs)) or 'none'}."
        )
        parts.refuse_element(element, "handler_input_unknown", message, handler=name, input=extra)
    for missing in sorted(key for key, required in inputs.items() if required and key not in given):
        message = f"The handler '{name}' needs the input '{missing}'."
        parts.refuse_element(element, "handler_input_missing", message, handler=name, input=missing)
    if name.startswith("register."):
        _register_of_handler(parts, element)


def _function(parts: Parts, element: Element) -> None:
    name = element.properties.get("function", "")
    function = FUNCTIONS.get(name)
    if function is None:
        known = ", ".join(sorted(FUNCTIONS))
        message = f"The script task '{element.id}' names the function '{name[:64]}'. There are: {known}."
        parts.refuse_element(element, "function_unknown", message, function=name[:64])
        return
    inputs = input_names(function.input)
    given = {key.removeprefix("input.") for key in element.properties if key.startswith("input.")}
    for extra in sorted(given - inputs.keys()):
        message = f"The function '{name}' takes no input '{extra}'. It takes: {', '.join(sorted(inputs))}."
        parts.refuse_element(element, "function_input_unknown", message, function=name, input=extra)
    for missing in sorted(key for key, required in inputs.items() if required and key not in given):
        message = f"The function '{name}' needs the input '{missing}'."
        parts.refuse_element(element, "function_input_missing", message, function=name, input=missing)


def _register_of_handler(parts: Parts, element: Element) -> None:
    literal = LITERAL.fullmatch(element.properties.get("input.register", ""))
    if literal is None or f"registers/{literal[1]}.toml" not in parts.files:
        message = f"The service task '{element.id}' names no register of this package, as a text in quotes."
        parts.refuse_element(element, "register_unknown", message)
        return
    register = parts.registers.get(literal[1])
    state = LITERAL.fullmatch(element.properties.get("input.state", ""))
    if register and state and state[1] not in dict(register.states):
        message = f"The register '{register.key}' has no state '{state[1]}'."
        parts.refuse_element(element, "register_state_unknown", message, state=state[1])
    path = PLAIN_PATH.fullmatch(element.properties.get("input.rows", ""))
    form = parts.form_of(path[1]) if path else None
    if not register or not path or not form or path[2] not in fields_of(form):
        return
    given = {field.path.removeprefix(f"{path[2]}.") for field in below(form, path[2])}
    for extra in sorted(given - {field.key for field in register.fields}):
        message = (
            f"The rows '{path[0]}' hold '{extra}', which the register '{register.key}' does not declare."
        )
        parts.refuse_element(element, "register_field_unknown", message, field=extra)
    if "input.fields" in element.properties:
        return
    for field in register.fields:
        if field.required and field.key not in given:
            message = (
                f"The register '{register.key}' needs '{field.key}', which the rows '{path[0]}' do not hold."
            )
            parts.refuse_element(element, "register_field_missing", message, field=field.key)


def _decisions(parts: Parts) -> None:
    used = {element.properties.get("decision") for element in parts.elements("business_rule_task")}
    tables = parts.definition.decisions if parts.definition else {}
    for key, decision in tables.items():
        if "." not in key and decision.id not in used:
            file = next(
                (
                    path
                    for path in parts.paths("decisions", ".dmn")
                    if parts.line_in(path, f'"{decision.id}"')
                ),
                PROCESS,
            )
            line = parts.line_in(file, f'"{decision.id}"')
            message = f"No business rule task names the decision '{decision.id}'."
            parts.refuse(file, decision.id, line, "decision_unused", message)


def _manifest_of_drawing(parts: Parts, manifest: Manifest) -> None:
    definition = parts.definition
    if definition is None:
        return
    if manifest.key != definition.process_id:
        message = f"The key '{manifest.key}' is not the id of the process, '{definition.process_id}'."
        parts.refuse_setting("key", "key_mismatch", message)
    tasks = {task.id for task in parts.elements("user_task")}
    lanes = {lane.id for lane in definition.lanes}
    ends = {end.id for end in parts.elements("end_event")}
    _known(parts, "lanes", manifest.lanes, lanes, "lane")
    _known(parts, "tasks", manifest.tasks, tasks, "user task")
    _known(parts, "ends", manifest.ends, ends, "end event")
    for lane in sorted(lanes - manifest.lanes.keys()):
        line = parts.line_in(PROCESS, f'id="{lane}"')
        parts.refuse(
            PROCESS, lane, line, "lane_undeclared", f"The manifest declares no lane '{lane}'.", lane=lane
        )
    for task in parts.elements("user_task"):
        if task.id not in manifest.tasks:
            message = f"The manifest has no [tasks.{task.id}], so the task has no outcome."
            parts.refuse_element(task, "task_undeclared", message)
    _known(parts, "withdraw_not_after", manifest.withdraw_not_after, tasks, "user task")
    _known(parts, "statutory_from", filter(None, [manifest.statutory_from]), tasks, "user task")
    _known(parts, "statutory_to", filter(None, [manifest.statutory_to]), tasks, "user task")
    for pair in manifest.separate:
        _known(parts, "separate", pair, lanes, "lane")
    for card in manifest.cards.values():
        _known(parts, f"cards.{card.key}.tasks", card.tasks, tasks, "user task")
    if not manifest.callable_only:
        _starts_with_applicant(parts, manifest)


def _known(parts: Parts, place: str, names: object, declared: set[str], what: str) -> None:
    for name in names if isinstance(names, tuple) else tuple(names):  # type: ignore[arg-type]
        if name not in declared:
            at = f"{place}.{name}" if place in ("lanes", "tasks", "ends") else place
            parts.refuse_setting(at, "name_unknown", f"'{name}' is no {what} of the drawing.", name=name)


def _starts_with_applicant(parts: Parts, manifest: Manifest) -> None:
    starters = [key for key, lane in manifest.lanes.items() if lane.starter]
    for start in parts.elements("start_event"):
        for flow in start.outgoing if start.parent is None else ():
            first = (
                parts.definition.elements[parts.definition.flows[flow].target] if parts.definition else None
            )
            if first and (first.kind != "user_task" or first.lane not in starters):
                message = (
                    "The first step is a user task in the lane of the applicant: there is no start form."
                )
                parts.refuse_element(first, "first_step", message)


def _materials(parts: Parts, manifest: Manifest) -> None:
    for at, material in enumerate(manifest.materials):
        place = f"materials[{at}]"
        if material.document and material.document not in parts.files:
            parts.refuse_setting(
                place, "document_missing", f"There is no {material.document} in the package."
            )
        if material.field is None:
            continue
        task, _, path = material.field.partition(".")
        form = parts.form_of(task)
        field = fields_of(form).get(path) if form else None
        if field is None or field.type != "filepicker":
            parts.refuse_setting(
                place, "material_field", f"'{material.field}' is no file field of a user task."
            )


def _watermarks(parts: Parts, named: tuple[str, ...]) -> None:
    for one in named if named != EVERY_FILE else ():
        task, _, path = one.partition(".")
        form = parts.form_of(task)
        field = fields_of(form).get(path) if form else None
        if field is None or field.type != "filepicker":
            message = f"'{one[:80]}' is no file field of a user task."
            parts.refuse_setting("watermark", "watermark_field", message, field=one[:80])


def input_names(schema: type[Schema]) -> dict[str, bool]:
    """Return the inputs or outputs of a handler by the name a drawing gives them, and whether each is required."""
    return {field.data_key or name: field.required for name, field in schema().fields.items()}
