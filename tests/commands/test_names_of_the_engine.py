"""Nobody writes from a form what belongs to the engine: names of control data, counters and words of other tools."""

from pathlib import Path

import pytest
from people_at_work import Case, Cast, refused

from workflows.commands.tasks import complete_task
from workflows.errors import UnknownOutcome
from workflows.forms import InvalidForm
from workflows.replay import replay_instance

NAMES = [
    "typename", "__class__", "__init__", "__builtins__", "outcome", "facts", "facts.today", "today", "input", "item", "signers",
    "nr_of_instances", "nr_of_completed", "nrOfInstances", "nrOfCompletedInstances", "loopCounter", "review", "review.outcome",
    "application", "application.outcome", "payment.personal_without_approval", "key", "round", "state", "scope", "tokens", "",
    "due:x", "script:x", "signers:x", "task_version", "id", "_state", "$", "constructor", "__proto__",
]  # fmt: skip


def test_a_name_that_the_form_does_not_have_is_refused_by_name(case: Case, cast: Cast) -> None:
    answers, task_id = case.application(), case.task("application")
    values = ["approved", {"outcome": "approved"}, ["me"], 1_000_000_000, None]
    for number, name in enumerate(NAMES):
        given = {**answers, name: values[number % len(values)]}
        told = refused(cast, InvalidForm, complete_task, cast["asks"], task_id, "submitted", given)
        assert any(path.startswith(name) for path in told.errors), told.errors
    complete_task(cast.uow, cast["asks"], task_id, "submitted", answers)
    assert case.task("review")
    assert replay_instance(cast.uow, case.id).difference is None


def test_nor_inside_a_row(case: Case, cast: Cast) -> None:
    answers, task_id = case.application(), case.task("application")
    for name in ("typename", "__class__", "outcome", "review", "nr_of_instances"):
        rows = [{**row, name: "approved"} for row in answers["lines"]]
        given = {**answers, "lines": rows}
        refused(cast, InvalidForm, complete_task, cast["asks"], task_id, "submitted", given)


def test_an_outcome_is_one_that_the_task_offers(case: Case, cast: Cast) -> None:
    answers, task_id = case.application(), case.task("application")
    for outcome in ("typename", "__class__", "approved", "", "submitted ", "SUBMITTED"):
        refused(cast, UnknownOutcome, complete_task, cast["asks"], task_id, outcome, answers)


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('touch zhupi_canary')", "${7*7}", "{{7*7}}", "=1+1", "$(touch zhupi_canary)", '{"typename": "set"}',
     "application.amount", "null", "P3D", "zhupi-state 1", "%s%s%n", "<script>x</script>", "'; DROP TABLE instance;--"],
)  # fmt: skip
def test_code_in_an_answer_is_a_text_like_any_other(case: Case, cast: Cast, text: str) -> None:
    answers = {**case.application(), "company": text}
    complete_task(cast.uow, cast["asks"], case.task("application"), "submitted", answers)
    case.approve()
    assert not Path("zhupi_canary").exists()
    assert replay_instance(cast.uow, case.id).difference is None
