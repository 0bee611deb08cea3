"""Whether drawing, manifest, forms and handlers of a package agree: every name that one uses, another declares."""

import re
from typing import Final

from marshmallow import Schema

from workflows.engine import Element
from workflows.handlers import HANDLERS
from workflows.packages.inside import below, expressions_of, fields_of
from workflows.packages.manifest import Manifest
from workflows.packages.parts import PROCESS, Parts

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
    _only_served(parts)
    _decisions(parts)
    if parts.manifest:
        _manifest_of_drawing(parts, parts.manifest)
        _materials(parts, parts.manifest)


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
        for task, outcome in OUTCOME.findall(flow.condition or ""):
            settings = manifest.tasks.get(task)
            if settings and settings.outcome(outcome) is None:
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


def _only_served(parts: Parts) -> None:
    """Refuse what the engine runs and the commands do not yet: nothing half-working is deployed."""
    for element in (*parts.elements("user_task"), *parts.elements("call_activity")):
        if element.kind == "call_activity" or "countersign" in element.properties:
            what = "a called process" if element.kind == "call_activity" else "countersigning"
            message = f"'{element.id}' needs {what}, which cannot be deployed yet."
            parts.refuse_element(element, "not_served", message)


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
    for decision in parts.definition.decisions.values() if parts.definition else ():
        if decision.id not in used:
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
    for pair in manifest.separate:
        _known(parts, "separate", pair, lanes, "lane")
    for card in manifest.cards.values():
        _known(parts, f"cards.{card.key}.tasks", card.tasks, tasks, "user task")
    _starts_with_applicant(parts, manifest)


def _known(parts: Parts, place: str, names: object, declared: set[str], what: str) -> None:
    for name in names if isinstance(names, tuple) else tuple(names):  # type: ignore[arg-type]
        if name not in declared:
            at = f"{place}.{name}" if place in ("lanes", "tasks", "ends") else place
            parts.refuse_setting(at, "name_unknown", f"'{name}' is no {what} of the drawing.", name=name)


def _starts_with_applicant(parts: Parts, manifest: Manifest) -> None:
    starters = [key for key, lane in manifest.lanes.items() if lane.starter]
    for start in parts.elements("start_event"):
        for flow in start.outgoing:
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


def input_names(schema: type[Schema]) -> dict[str, bool]:
    """Return the inputs or outputs of a handler by the name a drawing gives them, and whether each is required."""
    return {field.data_key or name: field.required for name, field in schema().fields.items()}
