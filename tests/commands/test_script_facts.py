"""Script tasks in a running case: computed by the command, recorded as a fact, replayed without any function."""

from datetime import date
from decimal import Decimal

import pytest
from people_at_work import Case, Cast, begin
from scripted_package import TERM, WAIT, WORDS, scripted_files
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import CalendarDay, CalendarYear, Incident
from storage.ports import FixedClock
from workflows.commands import facts
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.errors import StepFailed
from workflows.packages import findings_of, lint_package
from workflows.replay import replay_instance

ALL = {"words": WORDS, "term": TERM, "wait": WAIT}


def scripted(cast: Cast, scripts: dict[str, dict[str, str]]) -> Case:
    deploy_package(cast.uow, SYSTEM, scripted_files(scripts))
    return begin(cast)


def recorded(case: Case) -> dict[str, object]:
    """The facts of the event that completed the application."""
    (event,) = (
        event for event in case.uow.journal.read(f"instance:{case.id}") if event["action"] == "task.completed"
    )
    return {name.partition(":")[0]: value for name, value in event["facts"].items()} | {
        "scripts": [value for name, value in event["facts"].items() if name.startswith("script:")]
    }


def test_scripts_are_computed_in_the_step_and_recorded_with_it(cast: Cast, clock: FixedClock) -> None:
    case = scripted(cast, ALL)
    case.submit()
    assert case.task("review")
    scripts = recorded(case)["scripts"]
    assert isinstance(scripts, list)
    assert {"text": "人民币柒佰元整"} in scripts
    assert {"days": Decimal(3)} in scripts
    (term,) = (one["day"] for one in scripts if "day" in one)
    assert isinstance(term, date)
    assert term > clock.now().date()


def test_the_calendar_of_the_house_decides_what_a_working_day_is(cast: Cast, clock: FixedClock) -> None:
    plain = scripted(cast, {"term": TERM})
    plain.submit()
    (before,) = (one["day"] for one in recorded(plain)["scripts"])  # type: ignore[attr-defined]
    with cast.uow.begin(SYSTEM):
        if cast.uow.session.get(CalendarYear, before.year) is None:
            cast.uow.session.add(CalendarYear(year=before.year, provisional=True, version=1))
            cast.uow.session.flush()
        day = cast.uow.session.get(CalendarDay, before)
        if day is None:
            cast.uow.session.add(CalendarDay(day=before, year=before.year, working=False, name="停工"))
        else:
            day.working = False
    again = begin(cast, "stranger")
    again.submit("stranger")
    (after,) = (one["day"] for one in recorded(again)["scripts"])  # type: ignore[attr-defined]
    assert after > before
    assert replay_instance(cast.uow, plain.id).difference is None  # what was recorded stays


def test_replay_needs_no_functions(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = scripted(cast, ALL)
    case.submit()
    case.approve()
    monkeypatch.setattr(facts, "FUNCTIONS", {})
    result = replay_instance(cast.uow, case.id)
    assert result.difference is None
    assert result.steps >= 3


def test_many_scripts_in_a_row_are_one_step(cast: Cast) -> None:
    case = scripted(cast, {f"words_{number}": WORDS for number in range(40)})
    case.submit()
    assert len(recorded(case)["scripts"]) == 40  # type: ignore[arg-type]
    assert replay_instance(cast.uow, case.id).difference is None


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (WORDS | {"input.amount": "sum(application.lines[quantity > 99].quantity)"}, "script_failed: amount.in_words: amount"),
        (WORDS | {"input.amount": "0"}, "script_failed: amount.in_words: amount"),
        (TERM | {"input.days": "1001"}, "script_failed: working_days.after: days"),
    ],
)  # fmt: skip
def test_what_a_function_cannot_work_on_stops_the_step_with_one_incident(
    cast: Cast, script: dict[str, str], why: str
) -> None:
    case = scripted(cast, {"words": script})
    task_id, answers = case.task("application"), case.application()
    for _ in range(2):
        with pytest.raises(StepFailed):
            complete_task(cast.uow, cast["asks"], task_id, "submitted", answers)
    cast.uow.session.rollback()
    (incident,) = cast.uow.session.scalars(select(Incident)).all()
    assert why in incident.message
    assert "words" in incident.message
    assert case.task("application")


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ({"function": "os.system"}, "function_unknown"),
        ({"function": "amount.in_words"}, "function_input_missing"),
        (WORDS | {"input.colour": "1"}, "function_input_unknown"),
        (WORDS | {"input.amount": "application.invoice_title"}, "expression_wrong_type"),
        (TERM | {"input.day": "3"}, "expression_wrong_type"),
        (WORDS | {"input.amount": "application.contact_name"}, "control_personal"),
    ],
)
def test_a_script_that_cannot_work_is_refused_at_deploy(script: dict[str, str], rule: str) -> None:
    found = lint_package(scripted_files({"words": script}))
    assert (rule, "words") in [(one.rule, one.element) for one in found], findings_of(found)
    assert all(one.line for one in found if one.rule == rule)


@pytest.mark.parametrize(
    ("read", "rule"), [("words.texts", "control_unknown"), ("words.text > 3", "expression_unlike_types")]
)
def test_what_a_function_gives_is_known(read: str, rule: str) -> None:
    files = scripted_files({"words": WORDS})
    condition = b'>review.outcome = "rejected"<'
    assert condition in files["process.bpmn"]
    files["process.bpmn"] = files["process.bpmn"].replace(
        condition, f'>{read.replace(">", "&gt;")} or review.outcome = "rejected"<'.encode()
    )
    assert (rule, "to_rejected") in {(one.rule, one.element) for one in lint_package(files)}
