"""What is checked of countersigned tasks before anybody signs: outcomes, lanes, and what expressions read of them."""

import pytest
from signed_package import signed_files

from workflows.engine import ModelRefused
from workflows.packages import load_package
from workflows.packages.package import lint_package

Files = dict[str, bytes]


def rules(files: Files) -> set[tuple[str | None, str]]:
    return {(one.element, one.rule) for one in lint_package(files)}


def changed(path: str, old: str, new: str) -> Files:
    files = signed_files()
    text = files[path].decode()
    assert old in text
    files[path] = text.replace(old, new).encode()
    return files


def test_the_package_of_the_tests_is_deployable() -> None:
    assert lint_package(signed_files()) == []
    assert load_package(signed_files()).signing_lanes == {"design", "safety", "legal"}


@pytest.mark.parametrize(
    ("task", "given", "rule"),
    [
        ("all_sign", {"agree": "agreed"}, "signer_outcome"),
        ("any_sign", {"veto": "never"}, "signer_outcome"),
        ("lanes_sign", {"signers": '["design", "court"]'}, "signer_no_lane"),
        ("lanes_sign", {"signers": '["design", "applicant"]'}, "signer_no_lane"),
        ("lanes_sign", {"signers": 'if application.way = "all_sign" then ["design"] else ["nobody"]'}, "signer_no_lane"),
        ("lanes_sign", {"signers": 'append(application.departments, "nobody")'}, "signer_no_lane"),
        ("lanes_sign", {"signers": 'if application.person = "x" then ["design"] else ["legal"]'}, "signers_free_text"),
        ("lanes_sign", {"signers": "[application.person]"}, "signers_free_text"),
    ],
)
def test_signers_are_staff_lanes_and_outcomes_are_offered(task: str, given: dict[str, str], rule: str) -> None:
    files = signed_files(**{task: given})
    form = files["forms/application.json"].decode()
    text = '{"type": "textfield", "id": "field_person", "key": "person", "label": "人"},'
    files["forms/application.json"] = form.replace('"components": [', f'"components": [{text}', 1).encode()
    assert (task, rule) in rules(files)


def test_what_several_people_sign_is_given_to_no_batch() -> None:
    files = changed("manifest.toml", "[tasks.all_sign]", '[tasks.all_sign]\nbatch = ["approve"]')
    assert rules(files) == {("tasks.all_sign.batch", "batch_signed")}


@pytest.mark.parametrize("signers", ['"design"', "[1, 2]", "count(application.departments)"])
def test_signers_are_a_list_of_texts(signers: str) -> None:
    with pytest.raises(ModelRefused, match="signers"):
        signed_files(lanes_sign={"signers": signers})


def test_a_condition_may_compare_with_what_is_no_lane() -> None:
    signers = 'if application.way = "lanes_sign" then ["design"] else ["safety", "legal"]'
    assert lint_package(signed_files(lanes_sign={"signers": signers})) == []


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ("all_sign.opinion != null", "control_unknown"),
        ("all_sign.points > 1", "control_unknown"),
        ("all_sign.tallies.never > 0", "control_unknown"),
        ("all_sign.outcome.x = 1", "control_unknown"),
        ("all_sign.signers != null", "control_unknown"),
        ("all_sign.nr_of_active.x > 0", "control_unknown"),
        ('all_sign.nr_of_active = "1"', "expression_unlike_types"),
        ('all_sign.outcome = "reject"', "outcome_unknown"),
    ],
)
def test_expressions_read_the_tally_of_a_countersigned_task_and_nothing_else(condition: str, rule: str) -> None:
    files = changed("process.bpmn", 'all_sign.outcome = "approve" and all_sign.tallies.approve &gt; 0', condition.replace(">", "&gt;"))  # fmt: skip
    assert rule in {found for _, found in rules(files)}


@pytest.mark.parametrize(
    "condition",
    [
        "all_sign.nr_of_completed = all_sign.nr_of_instances and all_sign.nr_of_active = 0",
        'some one in all_sign.signed satisfies one.outcome = "reject"',
        'count(all_sign.signed[outcome = "approve"]) > 1',
        'all_sign.outcome = "again" or all_sign.tallies.reject + all_sign.tallies.again > 1',
    ],
)
def test_all_that_a_tally_gives_can_be_read(condition: str) -> None:
    old = 'all_sign.outcome = "approve" and all_sign.tallies.approve &gt; 0'
    assert lint_package(changed("process.bpmn", old, condition.replace(">", "&gt;"))) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("check.nr_of_completed = 1", None),
        ("sum(check.results.points) > 3", None),
        ('some one in check.results satisfies one.outcome = "reject"', None),
        ("sum(check.results.marks) > 3", "control_unknown"),
        ("count(check.results.opinion) > 3", "control_personal"),
        ("check.points > 3", "control_unknown"),
        ('check.outcome = "approve"', "control_unknown"),
    ],
)
def test_of_runs_of_a_list_expressions_read_the_results(condition: str, found: str | None) -> None:
    old = 'count(check.results[outcome = "approve"]) = check.nr_of_instances and sum(check.results.points) &gt;= 0'
    seen = {rule for _, rule in rules(changed("process.bpmn", old, condition.replace(">", "&gt;")))}
    assert seen == ({found} if found else set())


def test_verbs_for_signers_are_denied_where_the_package_says_nothing() -> None:
    assert "add_signer" not in load_package(signed_files()).manifest.tasks["check"].verbs
