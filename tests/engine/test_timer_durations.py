"""A timer may calculate its duration: what the engine asks for is the ISO text of the result."""

import pytest
from diagrams import NOW, Case, define, draw
from plain_files import judge

from workflows.engine import EngineError, FactsMissing, start


def timer(duration: str) -> str:
    return f"""
        start -> review -> end
        b_late -> end_late
        @ b_late on review timer {duration}
    """


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('duration("P3D")', "P3D"),
        ('@"PT2H" * 3', "PT6H"),
        ('@"P1Y6M"', "P1Y6M"),
        ('if 1 > 2 then @"P1D" else @"P2D"', "P2D"),
    ],
)
def test_a_calculated_duration_is_asked_for_as_text(text: str, asked: str) -> None:
    found = start(define(timer(text)), control={}, now=NOW, seed="s", facts={})
    assert isinstance(found, FactsMissing)
    assert [(due.form, due.text) for due in found.due] == [("duration", asked)]


@pytest.mark.parametrize("text", ['@"P1D" - @"P3D"', "null"])
def test_what_is_no_duration_to_come_stops_the_step(text: str) -> None:
    with pytest.raises(EngineError) as refused:
        start(define(timer(text)), control={}, now=NOW, seed="s", facts={})
    assert refused.value.code == "timer_wrong"


@pytest.mark.parametrize(
    ("form", "said"),
    [("timer", 7), ("timer", "soon"), ("timer", True), ("timer", "P9999999D"), ("timer", "PT0.1234567S"),
     ("cycle", "P1D"), ("cycle", "R0000/P1D"), ("cycle", "R/PT0S"), ("cycle", "R3/P0D"), ("date", "P1D"), ("date", "2026-02-30")],
)  # fmt: skip
def test_a_calculated_timer_that_cannot_be_set_stops_the_step(form: str, said: object) -> None:
    lines = "start -> ask -> review -> end\nb_late -> end_late\n@ b_late beside review {} ask.when"
    with pytest.raises(EngineError) as refused:
        Case(define(lines.format(form))).complete("ask", when=said)
    assert refused.value.code == "timer_wrong"


@pytest.mark.parametrize(
    ("form", "text"),
    [("timer", "P9999999D"), ("timer", "P1001Y"), ("timer", "PT0.1234567S"), ("cycle", "R0000/P1D"), ("cycle", "R/PT0S"),
     ("cycle", "R2/P0D")],
)  # fmt: skip
def test_a_plain_timer_that_cannot_be_set_is_refused(form: str, text: str) -> None:
    (finding,) = judge(timer(text).replace("on review timer", f"beside review {form}"))
    assert (finding.rule, finding.element) == ("timer_wrong", "b_late")


@pytest.mark.parametrize("text", ["PT4H", "P1M", "P2W", "P0D", "P1001D", "P1DT1H"])
def test_working_days_are_whole_days_within_bounds(text: str) -> None:
    drawn = draw(timer(text), {"b_late": {"days": "working"}})
    assert {(one.rule, one.element) for one in judge(drawn)} == {("timer_wrong", "b_late")}
    assert judge(draw(timer(text), {"b_late": {"days": "calendar"}})) == []


@pytest.mark.parametrize(
    ("form", "text"),
    [("timer", "3 + 4"), ("timer", "2026-12-31"), ("timer", "true"), ("timer", '[@"P1D"]'), ("date", '@"P1D"'), ("cycle", '@"P1D"'),
     ("cycle", 'date("2026-12-31")')],
)  # fmt: skip
def test_an_expression_of_another_kind_is_no_timer(form: str, text: str) -> None:
    (finding,) = judge(timer(text).replace("on review timer", f"beside review {form}"))
    assert (finding.rule, finding.element) == ("expression_wrong_type", "b_late")
    assert finding.params["position"] == 0


@pytest.mark.parametrize("text", ['duration("soon")', '"P3"', 'if 1 > 2 then "P1D" else "soon"'])
def test_a_constant_text_that_is_no_timer_is_refused(text: str) -> None:
    (finding,) = judge(timer(text))
    assert finding.rule in {"expression_wrong_type", "expression_no_timer"}
