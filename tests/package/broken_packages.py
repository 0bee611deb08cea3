"""Packages that are broken in one place, and what lint has to say about each."""

import json
from collections.abc import Callable

Files = dict[str, bytes]
MANIFEST, PROCESS, ENGLISH = "manifest.toml", "process.bpmn", "i18n/en.toml"
APPLICATION, PAYMENT, REVIEW = "forms/application.json", "forms/payment.json", "forms/review.json"
PRICES, REGISTER = "decisions/key_price.dmn", "registers/issued_keys.toml"
CAST, STORY = "scenarios/cast.toml", "scenarios/straight_through.toml"
LATE = "scenarios/production_overdue.toml"


def replaced(path: str, old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        text = files[path].decode()
        assert old in text, f"{path} no longer holds {old!r}"
        files[path] = text.replace(old, new, 1).encode()

    return change


def added(path: str, text: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[path] = files.get(path, b"") + text.encode()

    return change


def removed(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        del files[path]

    return change


def both(*changes: Callable[[Files], None]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for one in changes:
            one(files)

    return change


def catching(host: str, code: str, back: str) -> Callable[[Files], None]:
    """Draw a boundary event for an error, any error when it has no code, that goes back to a task."""
    reference = ' errorRef="caught_error"' if code else ""
    event = (
        f'<bpmn:boundaryEvent id="caught" attachedToRef="{host}"><bpmn:errorEventDefinition id="caught_event"{reference} />'
        f'</bpmn:boundaryEvent><bpmn:sequenceFlow id="mend" sourceRef="caught" targetRef="{back}" />'
    )
    named = f'<bpmn:error id="caught_error" name="{code}" errorCode="{code}" />' if code else ""
    return both(
        replaced(PROCESS, "</bpmn:process>", event + "</bpmn:process>" + named),
        replaced(PROCESS, "<bpmndi:BPMNDiagram", "<!-- <bpmndi:BPMNDiagram"),
        replaced(PROCESS, "</bpmndi:BPMNDiagram>", "</bpmndi:BPMNDiagram> -->"),
    )


def field(path: str, named: str, **attributes: object) -> Callable[[Files], None]:
    """Change attributes of one form field."""

    def change(files: Files) -> None:
        document = json.loads(files[path])
        found = [one for one in _components(document) if named in (one.get("key"), one.get("path"))]
        assert found, f"{path} no longer has {named}"
        found[0].update(attributes)
        files[path] = json.dumps(document, ensure_ascii=False, indent=2).encode()

    return change


def _components(owner: dict) -> list[dict]:
    found = []
    for one in owner.get("components", []):
        found += [one, *_components(one)]
    return found


SPARE_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="spare_definitions" name="x" namespace="urn:x">
  <decision id="spare" name="备用"><decisionTable id="spare_table" hitPolicy="UNIQUE">
    <input id="i"><inputExpression id="ie" typeRef="string"><text>application.invoice_title</text></inputExpression></input>
    <output id="o" name="price" typeRef="number" />
    <rule id="r"><inputEntry id="a"><text>-</text></inputEntry><outputEntry id="b"><text>1</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""

CORPUS = [
    # the folder
    ("an executable in documents/.hidden is no place", added("notes.exe", "MZ"), "notes.exe", "file_unknown"),
    ("a path upwards", added("documents/../../evil.pdf", "x"), "documents/../../evil.pdf", "file_unknown"),
    ("no drawing", removed(PROCESS), PROCESS, "file_missing"),
    ("no manifest", removed(MANIFEST), MANIFEST, "file_missing"),
    ("no English", removed(ENGLISH), ENGLISH, "file_missing"),
    ("a form is gone", removed("forms/delivery.json"), PROCESS, "form_missing"),
    ("a template is gone", removed("documents/application_form.pdf"), MANIFEST, "document_missing"),
    ("a table is gone", removed(PRICES), PROCESS, "decision_unknown"),
    ("a register is gone", removed(REGISTER), PROCESS, "register_unknown"),
    # the manifest
    ("broken TOML", added(MANIFEST, "\n= ="), MANIFEST, "toml_syntax"),
    ("an unknown setting", added(MANIFEST, "\n[colours]\nred = 1\n"), MANIFEST, "unknown_key"),
    (
        "an unknown setting inside",
        replaced(MANIFEST, "[lanes.finance]", "[lanes.finance]\nsecret = true"),
        MANIFEST,
        "unknown_key",
    ),
    (
        "a key that is not the drawing's",
        replaced(MANIFEST, 'key = "certificate_issuance"', 'key = "certificates"'),
        MANIFEST,
        "key_mismatch",
    ),
    (
        "a number without serial",
        replaced(MANIFEST, "ZS-{year}-{serial:06d}", "ZS-{year}"),
        MANIFEST,
        "manifest_number",
    ),
    (
        "a number with a hole for anything",
        replaced(MANIFEST, "{serial:06d}", "{serial.__class__}"),
        MANIFEST,
        "manifest_number",
    ),
    ("a number of days as text", replaced(MANIFEST, "fill_in_days = 30", 'fill_in_days = "30"'), MANIFEST, "toml_number"),
    ("nobody starts", replaced(MANIFEST, "starter = true", "starter = false"), MANIFEST, "manifest_starter"),
    ("two starters", replaced(MANIFEST, "[lanes.shipping]", "[lanes.shipping]\nstarter = true"), MANIFEST, "manifest_starter"),
    ("a lane that is not drawn", added(MANIFEST, "\n[lanes.lawyer]\n"), MANIFEST, "name_unknown"),
    ("a lane that is not declared", replaced(MANIFEST, "[lanes.shipping]", "# gone"), PROCESS, "lane_undeclared"),
    (
        "a task that is not drawn",
        replaced(MANIFEST, "[tasks.shipment]", "[tasks.flight]"),
        MANIFEST,
        "name_unknown",
    ),
    ("a task without outcomes", replaced(MANIFEST, "[tasks.shipment]", "[tasks.flight]"), PROCESS, "task_undeclared"),
    ("a kind that does not exist", replaced(MANIFEST, 'kind = "return"', 'kind = "maybe"'), MANIFEST, "manifest_kind"),
    (
        "an outcome twice",
        replaced(MANIFEST, '{ key = "refused", title = "不同意', '{ key = "approved", title = "不同意'),
        MANIFEST,
        "manifest_twice",
    ),
    ("a verb that does not exist", added(MANIFEST, '\n[tasks.x]\nverbs = ["fly"]\noutcomes = []\n'), MANIFEST, "manifest_verb"),
    (
        "withdrawing until a step that does not exist",
        replaced(MANIFEST, '"held_payment"]', '"nirvana"]'),
        MANIFEST,
        "name_unknown",
    ),
    (
        "separating a lane that does not exist",
        replaced(MANIFEST, '["review_agent", "finance"]', '["review_agent", "bank"]'),
        MANIFEST,
        "name_unknown",
    ),
    ("a card beside no task", replaced(MANIFEST, 'tasks = ["payment", ', 'tasks = ["prayer", '), MANIFEST, "name_unknown"),
    (
        "a material in a field that takes no file",
        replaced(MANIFEST, 'field = "payment.voucher"', 'field = "payment.transfer_note"'),
        MANIFEST,
        "material_field",
    ),
    ("an end that is not drawn", replaced(MANIFEST, 'delivered = "approve"', 'arrived = "approve"'), MANIFEST, "name_unknown"),
    # returns that nobody drew, and business errors
    ("a return to no task", replaced(MANIFEST, "[tasks.review]", '[tasks.review]\nreturn_to = ["nirvana"]'), MANIFEST, "name_unknown"),
    ("a return to a gateway", replaced(MANIFEST, "[tasks.review]", '[tasks.review]\nreturn_to = ["payment_step"]'), MANIFEST, "name_unknown"),
    ("a return to the same step twice", replaced(MANIFEST, "[tasks.review]", '[tasks.review]\nreturn_to = ["application", "application"]'), MANIFEST, "manifest_twice"),
    ("a return forward", replaced(MANIFEST, "[tasks.application]", '[tasks.application]\nreturn_to = ["delivery"]'), MANIFEST, "return_impossible"),
    ("a return to itself", replaced(MANIFEST, "[tasks.invoice]", '[tasks.invoice]\nreturn_to = ["invoice"]'), MANIFEST, "return_impossible"),
    ("a return from behind a join into one of its branches", replaced(MANIFEST, "[tasks.shipment]", '[tasks.shipment]\nreturn_to = ["invoice"]'), MANIFEST, "return_impossible"),
    ("a return that is no list", replaced(MANIFEST, "[tasks.review]", '[tasks.review]\nreturn_to = "application"'), MANIFEST, "toml_type"),
    ("an error that the handler does not know", catching("register_keys", "bank_refuses", "key_production"), PROCESS, "error_never_thrown"),
    ("any error of a handler that has none", catching("invoice_record", "", "invoice"), PROCESS, "error_never_thrown"),
    ("an error of a task for people", catching("invoice", "register_key_taken", "invoice"), PROCESS, "error_never_thrown"),
    # outcomes
    (
        "a condition asks for an outcome that nobody can choose",
        replaced(PROCESS, 'review.outcome = "approved"', 'review.outcome = "accepted"'),
        PROCESS,
        "outcome_unknown",
    ),
    (
        "a form asks for an outcome that its task does not offer",
        replaced(REVIEW, 'outcome != \\"returned\\"', 'outcome != \\"bounced\\"'),
        REVIEW,
        "outcome_unknown",
    ),
    # control data
    (
        "a condition reads a personal field",
        replaced(PROCESS, "payment.personal_without_approval", 'payment.payer_person = "x"'),
        PROCESS,
        "control_personal",
    ),
    (
        "a condition reads an opinion",
        replaced(PROCESS, 'review.outcome = "rejected"', 'review.opinion = "no"'),
        PROCESS,
        "control_personal",
    ),
    (
        "a condition reads rows with a personal field in them",
        replaced(PROCESS, 'review.outcome = "rejected"', "count(review.marks) > 9"),
        PROCESS,
        "control_personal",
    ),
    (
        "a condition reads a field that no form has",
        replaced(PROCESS, "payment.personal_without_approval", "payment.discount = 1"),
        PROCESS,
        "control_unknown",
    ),
    ("a table reads a column that no row has", replaced(PRICES, "line.years", "line.colour"), PRICES, "control_unknown"),
    (
        "an input reads what a handler does not give",
        replaced(PROCESS, 'value="order.amount"', 'value="order.discount"'),
        PROCESS,
        "control_unknown",
    ),
    (
        "an input reads files",
        replaced(PROCESS, 'value="application.invoice_title"', 'value="application.application_form"'),
        PROCESS,
        "control_file",
    ),
    (
        "a form reads a personal field of another step",
        replaced("forms/shipment.json", 'carrier != \\"sf\\"', 'application.contact_name != \\"sf\\"'),
        "forms/shipment.json",
        "control_personal",
    ),
    (
        "a field bears the name of a step",
        field("forms/shipment.json", "tracking_number", key="order"),
        "forms/shipment.json",
        "field_shadows",
    ),
    (
        "a verb for signers where nobody countersigns",
        replaced(MANIFEST, "[tasks.review]\n", '[tasks.review]\nverbs = ["claim", "complete", "add_signer"]\n'),
        MANIFEST,
        "verb_without_signers",
    ),
    # handlers and registers
    (
        "a handler that does not exist",
        replaced(PROCESS, 'value="payment.hold"', 'value="payment.vanish"'),
        PROCESS,
        "handler_unknown",
    ),
    (
        "an input that a handler does not take",
        replaced(PROCESS, 'name="input.tax_number"', 'name="input.colour"'),
        PROCESS,
        "handler_input_unknown",
    ),
    (
        "an input that a handler needs",
        replaced(PROCESS, 'name="input.tax_number"', 'name="input.colour"'),
        PROCESS,
        "handler_input_missing",
    ),
    (
        "rows that the register does not declare",
        both(replaced(REGISTER, 'key = "serial"', 'key = "number"'), replaced(REGISTER, '= "serial"', '= "number"')),
        PROCESS,
        "register_field_unknown",
    ),
    (
        "a required field that the rows lack",
        both(replaced(REGISTER, 'key = "serial"', 'key = "number"'), replaced(REGISTER, '= "serial"', '= "number"')),
        PROCESS,
        "register_field_missing",
    ),
    ("a register under another name", replaced(REGISTER, 'key = "issued_keys"', 'key = "tokens"'), REGISTER, "register_name"),
    ("a register with a personal field", replaced(REGISTER, "searched = true", "personal = true"), REGISTER, "register.personal"),
    # forms and tables
    ("broken JSON", added(APPLICATION, "}"), APPLICATION, "form_json"),
    ("a form that no task names", added("forms/spare.json", '{"type": "default", "id": "spare", "components": []}'), "forms/spare.json", "form_unused"),
    (
        "a select over a form that is not there",
        replaced(REVIEW, "fields:application", "fields:nothing"),
        REVIEW,
        "form_missing",
    ),
    ("a table that no task names", replaced(PROCESS, 'value="key_price"', 'value="other_price"'), PROCESS, "decision_unknown"),
    # what the model allows and a package does not
    ("a table that nobody asks", added("decisions/spare.dmn", SPARE_TABLE), "decisions/spare.dmn", "decision_unused"),
    ("the first step belongs to staff", replaced(MANIFEST, "[lanes.applicant]\nstarter = true\n\n[lanes.review_agent]", "[lanes.applicant]\n\n[lanes.review_agent]\nstarter = true"), PROCESS, "first_step"),
    ("a register without its literal name", replaced(PROCESS, "&quot;issued_keys&quot;", "invoice.invoice_number"), PROCESS, "register_unknown"),
    ("a state that the register lacks", replaced(PROCESS, '<spiffworkflow:property name="input.rows"', '<spiffworkflow:property name="input.state" value="&quot;melted&quot;" /><spiffworkflow:property name="input.rows"'), PROCESS, "register_state_unknown"),
    ("a condition reads a whole step", replaced(PROCESS, 'review.outcome = "rejected"', "review = null"), PROCESS, "control_whole"),
    ("a form reads a step that gives nothing", replaced("forms/shipment.json", 'carrier != \\"sf\\"', 'begun.carrier != \\"sf\\"'), "forms/shipment.json", "control_unknown"),
    ("a form reads what a table does not give", replaced("forms/shipment.json", 'carrier != \\"sf\\"', 'pricing.discount != 1'), "forms/shipment.json", "control_unknown"),
    ("an outcome without a title", replaced(MANIFEST, 'key = "shipped", title = "已寄出"', 'key = "shipped"'), MANIFEST, "toml_text"),
    ("outcomes that are no list", replaced(MANIFEST, 'outcomes = [{ key = "shipped", title = "已寄出", kind = "submit" }]', 'outcomes = "shipped"'), MANIFEST, "manifest_outcomes"),
    ("a material twice", replaced(MANIFEST, 'key = "voucher"', 'key = "application_form"'), MANIFEST, "manifest_twice"),
    ("a lane with a strange name", added(MANIFEST, '\n[lanes."a b"]\n'), MANIFEST, "bad_name"),
    ("a text that is not UTF-8", lambda files: files.update({MANIFEST: b"title = '\xff'"}), MANIFEST, "toml_encoding"),
    ("a manifest of two megabytes", added(MANIFEST, "#" * 2_000_000), MANIFEST, "file_too_large"),
    # words
    (
        "a text without translation",
        replaced(ENGLISH, 'company = "Name of the enterprise"\n', ""),
        ENGLISH,
        "text_missing",
    ),
    ("a translation of nothing", added(ENGLISH, '\n[element.nowhere]\nx = "y"\n'), ENGLISH, "text_unknown"),
    ("an empty translation", replaced(ENGLISH, '"Name of the enterprise"', '" "'), ENGLISH, "text_empty"),
    # scenarios
    ("no cast", removed(CAST), "scenarios/bundle_price.toml", "cast_missing"),
    ("nobody plays a lane", replaced(CAST, 'shipping = ["pei"]', ""), CAST, "cast_lane"),
    ("a lane is played by a stranger", replaced(CAST, '["pei"]', '["nobody"]'), CAST, "cast_unknown"),
    ("colleagues of two employers in one lane", replaced(CAST, '["qian", "yu"]', '["qian", "gu"]'), CAST, "cast_lane"),
    ("a step without the open tasks", replaced(STORY, 'open = [{ task = "application", lane = "applicant" }]\n', ""), STORY, "step_expectation"),
    ("a step without the amounts", replaced(STORY, "amounts = {}\n", ""), STORY, "step_expectation"),
    ("an open task without its lane", replaced(STORY, '{ task = "application", lane = "applicant" }', '{ task = "application" }'), STORY, "step_expectation"),
    ("an amount that is no text", replaced(STORY, '{ open = "700.00" }', "{ open = 700.00 }"), STORY, "step_expectation"),
    ("a verb that does not exist", replaced(STORY, 'verb = "claim"', 'verb = "grab"'), STORY, "step_verb"),
    ("an actor who is not in the cast", replaced(STORY, 'actor = "he"', 'actor = "godot"'), STORY, "cast_unknown"),
    ("an answer sheet that is not there", replaced(STORY, '"paid_by_us"', '"paid_by_santa"'), STORY, "cast_unknown"),
    ("a step on a task that is not drawn", replaced(STORY, 'task = "review"', 'task = "dream"'), STORY, "step_task"),
    ("an outcome that is not offered", replaced(STORY, 'outcome = "approved"', 'outcome = "applauded"'), STORY, "outcome_unknown"),
    ("a story that begins in the middle", replaced(STORY, 'verb = "start"', 'verb = "withdraw"'), STORY, "scenario_start"),
    ("a story without steps", lambda files: files.update({STORY: b'title = "x"'}), STORY, "scenario_steps"),
    ("attaching nothing", replaced(STORY, 'file = "申请表.pdf"\n', ""), STORY, "step_file"),
    ("claiming no task", replaced(STORY, 'verb = "claim"\ntask = "review"\n', 'verb = "claim"\n'), STORY, "step_task"),
    ("completing without an outcome", replaced(STORY, 'outcome = "submitted"\n', ""), STORY, "step_outcome"),
    ("fields of a step that goes through", replaced(STORY, "repeat = true", 'fields = ["opinion"]'), STORY, "step_fields"),
    ("an end while something is open", replaced(STORY, "repeat = true", 'ended = "approved"'), STORY, "step_ended"),
    ("answers that are no table", replaced(STORY, 'answers = "paid_by_us"', "answers = 3"), STORY, "step_answers"),
    ("an open task in a lane that is not drawn", replaced(STORY, 'lane = "review_agent" }', 'lane = "moon" }'), STORY, "step_lane"),
    ("a holder who is not in the cast", replaced(STORY, 'holder = "he"', 'holder = "godot"'), STORY, "cast_unknown"),
    ("a count that is no number", replaced(STORY, "registers = { issued_keys = 2 }", 'registers = { issued_keys = "2" }'), STORY, "step_expectation"),
    ("a return to nowhere", replaced(STORY, 'verb = "claim"', 'verb = "return"'), STORY, "step_to"),
    ("a return to a step that is not drawn", replaced(STORY, 'verb = "claim"', 'verb = "return"\nto = "nirvana"'), STORY, "step_task"),
    ("a claim that says where to", replaced(STORY, 'verb = "claim"', 'verb = "claim"\nto = "application"'), STORY, "step_to"),
    ("remarks beside a claim", replaced(STORY, 'verb = "claim"', 'verb = "claim"\nmarks = [{ field = "company", reason = "x" }]'), STORY, "step_to"),
    ("time that passes by somebody's hand", replaced(LATE, 'verb = "wait"', 'verb = "wait"\nactor = "gu"'), LATE, "step_wait"),
    ("a wait without an end", replaced(LATE, "working_days = 3\n", ""), LATE, "step_wait"),
    ("a wait with two ends", replaced(LATE, "working_days = 3", "working_days = 3\ndays = 1"), LATE, "step_wait"),
    ("a wait until a word", replaced(LATE, "working_days = 3", 'until = "tomorrow"'), LATE, "step_wait"),
    ("a wait of half a day", replaced(LATE, "working_days = 3", "working_days = 0.5"), LATE, "toml_number"),
    ("somebody who acts for a while", replaced(LATE, 'actor = "tang"\n', 'actor = "tang"\ndays = 1\n'), LATE, "step_wait"),
    ("an unknown word in a step", replaced(STORY, "repeat = true", "twice = true"), STORY, "unknown_key"),
]  # fmt: skip
