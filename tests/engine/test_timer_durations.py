"""A timer may calculate its duration: what the engine asks for is the ISO text of the result."""

import pytest
from diagrams import NOW, define

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


@pytest.mark.parametrize("text", ["3 + 4", '@"P1D" - @"P3D"', "null", 'duration("soon")'])
def test_what_is_no_duration_to_come_stops_the_step(text: str) -> None:
    with pytest.raises(EngineError) as refused:
        start(define(timer(text)), control={}, now=NOW, seed="s", facts={})
    assert refused.value.code == "timer_wrong"
