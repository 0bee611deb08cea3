"""Scenarios of countersigned tasks: each open part is listed, and signers come and go in the story."""

from pathlib import Path

import pytest
from signed_package import KEY, signed_files

from service.scenarios import play_packages
from workflows.packages.package import lint_package
from workflows.scenarios.run import Report

CAST = """
[organisations.maple]
name = "青枫有限公司"
[organisations.bureau]
name = "示例联审局"
[organisations.court]
name = "示例法务所"
[people]
lin = { name = "林晓枫", organisation = "maple" }
an = { name = "安宁", organisation = "bureau" }
bo = { name = "柏舟", organisation = "bureau" }
ke = { name = "柯然", organisation = "bureau" }
xu = { name = "许衡", organisation = "court" }
ou = { name = "欧阳澈", organisation = "court", roles = ["operator"] }
[lanes]
office = ["an", "bo"]
design = ["ke"]
safety = ["ke", "an"]
legal = ["xu"]
"""
BEGIN = """
[[steps]]
actor = "lin"
verb = "start"
open = [{ task = "application", lane = "applicant" }]
amounts = {}
[[steps]]
actor = "lin"
verb = "complete"
task = "application"
outcome = "submitted"
amounts = {}
"""
IN_PERSON = (
    'title = "本人会签"'
    + BEGIN
    + """
answers = { way = "all_sign" }
open = [{ task = "all_sign", lane = "office", holder = "an" }, { task = "all_sign", lane = "office", holder = "bo" }]
[[steps]]
actor = "an"
verb = "complete"
task = "all_sign"
signer = "bo"
outcome = "approve"
refused = "not_signer"
open = [{ task = "all_sign", lane = "office", holder = "an" }, { task = "all_sign", lane = "office", holder = "bo" }]
amounts = {}
[[steps]]
actor = "an"
verb = "release"
task = "all_sign"
refused = "signature_in_person"
open = [{ task = "all_sign", lane = "office", holder = "an" }, { task = "all_sign", lane = "office", holder = "bo" }]
amounts = {}
[[steps]]
actor = "an"
verb = "remove_signer"
task = "all_sign"
signer = "bo"
reason = "出差"
repeat = true
open = [{ task = "all_sign", lane = "office", holder = "an" }]
amounts = {}
[[steps]]
actor = "an"
verb = "remove_signer"
task = "all_sign"
signer = "an"
reason = "出差"
refused = "signer_needed"
open = [{ task = "all_sign", lane = "office", holder = "an" }]
amounts = {}
[[steps]]
actor = "ou"
verb = "add_signer"
task = "all_sign"
signer = "bo"
open = [{ task = "all_sign", lane = "office", holder = "an" }, { task = "all_sign", lane = "office", holder = "bo" }]
amounts = {}
[[steps]]
actor = "bo"
verb = "complete"
task = "all_sign"
outcome = "approve"
repeat = true
open = [{ task = "all_sign", lane = "office", holder = "an" }]
amounts = {}
[[steps]]
actor = "an"
verb = "complete"
task = "all_sign"
outcome = "approve"
ended = "passed"
open = []
amounts = {}
"""
)
BY_LANES = (
    'title = "部门会签"'
    + BEGIN
    + """
answers = { way = "lanes_sign", departments = ["design", "safety"] }
open = [{ task = "lanes_sign", lane = "design" }, { task = "lanes_sign", lane = "safety" }]
[[steps]]
actor = "ke"
verb = "claim"
task = "lanes_sign"
signer = "safety"
open = [{ task = "lanes_sign", lane = "design" }, { task = "lanes_sign", lane = "safety", holder = "ke" }]
amounts = {}
[[steps]]
actor = "ke"
verb = "complete"
task = "lanes_sign"
signer = "design"
outcome = "approve"
refused = "signs_already"
open = [{ task = "lanes_sign", lane = "design" }, { task = "lanes_sign", lane = "safety", holder = "ke" }]
amounts = {}
[[steps]]
actor = "ke"
verb = "release"
task = "lanes_sign"
signer = "safety"
open = [{ task = "lanes_sign", lane = "design" }, { task = "lanes_sign", lane = "safety" }]
amounts = {}
[[steps]]
actor = "ke"
verb = "complete"
task = "lanes_sign"
signer = "design"
outcome = "approve"
open = [{ task = "lanes_sign", lane = "safety" }]
amounts = {}
[[steps]]
actor = "an"
verb = "complete"
task = "lanes_sign"
outcome = "reject"
ended = "refused"
open = []
amounts = {}
"""
)


def packed(**stories: str) -> dict[str, bytes]:
    files = signed_files() | {"scenarios/cast.toml": CAST.encode()}
    return files | {f"scenarios/{key}.toml": text.encode() for key, text in stories.items()}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("bpmn")
    wrong = IN_PERSON.replace('refused = "not_signer"', 'refused = "not_allowed"')
    for path, content in packed(in_person=IN_PERSON, by_lanes=BY_LANES, wrong=wrong).items():
        target = folder / KEY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return play_packages(folder=folder)


def test_stories_of_signatures_come_true(report: Report) -> None:
    assert {row["scenario"]: row["passed"] for row in report.rows} == {
        "in_person": True, "by_lanes": True, "wrong": False,
    }, report.notes  # fmt: skip


def test_the_refusal_of_a_signature_is_compared(report: Report) -> None:
    assert any("/wrong: step 3" in note and "refused with not_signer" in note for note in report.notes)


@pytest.mark.parametrize(
    "change",
    [
        ('signer = "bo"\nreason', "reason"),  # whom?
        ('signer = "bo"\nreason', 'signer = "nobody"\nreason'),
        ('verb = "start"', 'verb = "start"\nsigner = "bo"'),
    ],
)
def test_a_signer_is_somebody_of_the_cast(change: tuple[str, str]) -> None:
    found = lint_package(packed(in_person=IN_PERSON.replace(*change, 1)))
    assert {one.rule for one in found} == {"step_signer"}
