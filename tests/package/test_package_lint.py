"""Every fault of a package is a finding with its place; nothing that a file holds ends in another error."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.packages import PackageRefused, findings_of, lint_package, lint_path, load_package, read_folder

Files = dict[str, bytes]
MANIFEST, PROCESS, ENGLISH = "manifest.toml", "process.bpmn", "i18n/en.toml"
APPLICATION, PAYMENT, REVIEW = "forms/application.json", "forms/payment.json", "forms/review.json"
PRICES, REGISTER = "decisions/key_price.dmn", "registers/issued_keys.toml"
CAST, STORY = "scenarios/cast.toml", "scenarios/straight_through.toml"


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
        replaced(MANIFEST, '"payment.voucher"', '"payment.transfer_note"'),
        MANIFEST,
        "material_field",
    ),
    ("an end that is not drawn", replaced(MANIFEST, 'delivered = "approve"', 'arrived = "approve"'), MANIFEST, "name_unknown"),
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
    ("an unknown word in a step", replaced(STORY, "repeat = true", "twice = true"), STORY, "unknown_key"),
]  # fmt: skip


def test_the_certificate_package_is_deployable(sound: Files) -> None:
    assert findings_of(lint_package(sound)) == ""
    package = load_package(sound)
    assert package.manifest.starter_lane == "applicant"
    assert load_package(dict(sound)) is package


@pytest.mark.parametrize(
    ("change", "file", "rule"), [case[1:] for case in CORPUS], ids=[case[0] for case in CORPUS]
)
def test_it_is_refused_with_a_finding(
    files: Files, change: Callable[[Files], None], file: str, rule: str
) -> None:
    change(files)
    findings = lint_package(files)
    assert (file, rule) in {(one.file, one.rule) for one in findings}, findings_of(findings)
    assert all(one.message.endswith((".", "?", "!")) or one.message for one in findings)
    with pytest.raises(PackageRefused):
        load_package(files)


@pytest.mark.parametrize(
    ("path", "old", "new", "line_holds"),
    [
        (MANIFEST, 'kind = "return"', 'kind = "maybe"', "[tasks.review]"),
        (STORY, 'verb = "claim"', 'verb = "grab"', "[[steps]]"),
        (PROCESS, 'value="payment.hold"', 'value="payment.vanish"', 'id="hold"'),
        (PRICES, "line.years", "line.colour", "line.colour"),
    ],
)
def test_a_finding_names_the_line(files: Files, path: str, old: str, new: str, line_holds: str) -> None:
    replaced(path, old, new)(files)
    found = next(one for one in lint_package(files) if one.file == path)
    assert found.line is not None
    near = files[path].decode().splitlines()[max(0, found.line - 4) : found.line]
    assert any(line_holds in line for line in near), (found, near)


JUNK = [
    b"",
    b"\x00" * 64,
    b"\xff\xfe\x00",
    b"[" * 5000,
    b"{" * 5000,
    b"a = " + b"[" * 5000,
    b'{"type": "default", "components": 3}',
    b'{"type": "default", "checks": [3], "facts": {}, "components": [{"type": "select", "values": [1]}]}',
    b"key = 1\ntitle = []\nlanes = 3\ntasks = [1]\ncards = true\nmaterials = 'x'\nseparate = [[1, 2]]\nends = 2",
    b"[lanes.a]\nstarter = 'yes'\n[tasks.a]\noutcomes = [1, 'x', {}]\n[cards.c]\nrows = 3\n[[materials]]\nkey = 3",
    b"d = 9999-99-99",
    b"x = 1e999999999\ny = nan",
    b"[organisations]\na = 1\n[people]\nb = 2\n[lanes]\nc = [3]\n[answers]\nd = 4",
    b"title = 'x'\nsteps = [1, {}, {verb = 3, open = 1, amounts = 2, fields = 3, answers = 4}]",
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'a'>]><x>&a;</x>",
    b"<definitions/>",
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_in_any_file_is_a_finding(sound: Files, junk: bytes) -> None:
    for path in sound:
        if path.startswith(("documents/", "README")) or (
            path.startswith("scenarios/") and path not in (CAST, STORY)
        ):
            continue
        findings = lint_package({**sound, path: junk})
        assert any(one.file == path for one in findings) or path.startswith("scenarios/"), (
            path,
            findings_of(findings),
        )
        assert findings


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cutting_and_flipping_never_ends_in_another_error(sound: Files, data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(sorted(path for path in sound if not path.startswith(("documents/", "README"))))
    )
    content = bytearray(sound[path])
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["cut", "flip", "drop"]))
    if how == "cut":
        content = content[:at]
    elif how == "flip":
        content[at] = data.draw(st.integers(0, 255))
    else:
        del content[at : at + data.draw(st.integers(1, 200))]
    lint_package({**sound, path: bytes(content)})


def test_every_rule_is_tested_or_shown_in_the_guide() -> None:
    """The rules of this part of lint, as the source names them, are in docs/lint.md."""
    root = Path(__file__).parents[2]
    source = [*(root / "workflows/packages").glob("*.py"), root / "workflows/scenarios/check.py"]
    source += [root / "workflows/scenarios/loading.py", root / "workflows/reading.py"]
    named = {
        rule
        for path in source
        for rule in re.findall(r'"([a-z]+(?:_[a-z]+)+)",\s+(?:f"|"[A-Z\']|message)', path.read_text())
    }
    guide = (root / "docs/lint.md").read_text()
    assert len(named) > 30
    assert {rule for rule in named if f"`{rule}`" not in guide and not rule.startswith("step_")} == set()


def test_too_many_and_too_large_files_are_refused(sound: Files) -> None:
    many = sound | {f"documents/{number}.pdf": b"x" for number in range(400)}
    large = sound | {"documents/large.pdf": bytes(21 * 1024 * 1024)}
    for files in (many, large):
        assert [one.rule for one in lint_package(files)] == ["package_too_large"]


def test_a_folder_is_read_without_hidden_files_and_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "manifest.toml").write_text("key = 1")
    assert sorted(read_folder(tmp_path)) == ["manifest.toml"]
    (tmp_path / "process.bpmn").symlink_to("/etc/passwd")
    assert [one.rule for one in lint_path(tmp_path)] == ["file_link"]


def test_special_files_are_refused_without_reading_them(tmp_path: Path, sound: Files) -> None:
    os.mkfifo(tmp_path / "manifest.toml")
    assert [one.rule for one in lint_path(tmp_path)] == ["file_link"]
    for special in (tmp_path / "manifest.toml", Path("/dev/zero")):
        with pytest.raises(OSError, match="neither a file nor a folder"):
            lint_path(special)


def test_a_name_that_is_not_utf_8_is_refused_in_print(tmp_path: Path, sound: Files) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe.bpmn")).write_bytes(b"x")
    findings = lint_path(tmp_path)
    assert "file_unknown" in {one.rule for one in findings}
    findings_of(findings).encode()
    with pytest.raises(PackageRefused):
        load_package({**sound, "\udcff": b"x"})


def test_a_lone_drawing_is_judged_by_the_model_alone(tmp_path: Path, sound: Files) -> None:
    drawing = tmp_path / "draft.bpmn"
    drawing.write_bytes(sound[PROCESS])
    assert lint_path(drawing) == []
    drawing.write_bytes(b"\x89PNG\r\n")
    assert lint_path(drawing)


def test_a_path_that_is_not_there_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lint_path(tmp_path / "nothing")
