"""A timer that is set is due at another instant: a fact of its command, and nothing else moves (rule 15)."""

from datetime import timedelta

import pytest
from diagrams import NOW, define

from workflows.engine import Advance, EngineError, FactsMissing, Fire, NotOpen, Reschedule, advance, start

LATE = """
    start -> review -> end
    b_late -> escalated -> end_late
    @ b_late on review timer P3D
"""


def test_a_timer_moves_to_the_instant_that_its_command_gives_and_nothing_else_moves() -> None:
    definition = define(LATE)
    begun = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(begun, FactsMissing)
    (asked,) = begun.due
    was, due = NOW + timedelta(days=3), NOW + timedelta(days=5)
    waits = start(definition, control={}, now=NOW, seed="s", facts={f"due:{asked.key}": was})
    assert not isinstance(waits, FactsMissing)
    assert waits.timers[0].request == asked

    def move(state: bytes, **facts: object) -> Advance | FactsMissing:
        return advance(definition, state, Reschedule(asked.key), now=NOW, seed="m", facts=facts)

    lacking = move(waits.state)
    assert isinstance(lacking, FactsMissing)
    assert (lacking.requests, lacking.due) == ((f"due:{asked.key}",), ())
    moved = move(waits.state, **{f"due:{asked.key}": due})
    assert not isinstance(moved, FactsMissing)
    assert (moved.opened, moved.closed, moved.marking) == ((), (), waits.marking)
    assert [(one.change, one.due, one.key) for one in moved.timers] == [("moved", due, asked.key)]
    assert [(one.kind, one.element_id, one.values) for one in moved.trail] == [
        ("moved", "b_late", {"was": was, "due": due})
    ]
    assert moved.next_due == due
    assert moved.digest != waits.digest
    back = move(moved.state, **{f"due:{asked.key}": was})
    assert not isinstance(back, FactsMissing)
    assert (back.digest, back.state) == (waits.digest, waits.state)
    with pytest.raises(EngineError) as early:
        advance(definition, moved.state, Fire(asked.key), now=was, seed="f", facts={})
    assert early.value.code == "timer_not_due"
    fired = advance(definition, moved.state, Fire(asked.key), now=due, seed="f", facts={})
    assert not isinstance(fired, FactsMissing)
    with pytest.raises(NotOpen):
        move(fired.state, **{f"due:{asked.key}": due})
    for wrong, code in (("tomorrow", "fact_wrong"), (due.replace(tzinfo=None), "value_not_supported")):
        with pytest.raises(EngineError) as refused:
            move(waits.state, **{f"due:{asked.key}": wrong})
        assert refused.value.code == code
