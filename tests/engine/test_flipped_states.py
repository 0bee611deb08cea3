"""A state with a flipped bit, as if nobody had looked at its digest (rule 5)."""

from diagrams import APPROVAL, Case, define

from workflows.engine import EngineError
from workflows.engine.run import read_state


def test_no_flipped_bit_of_a_state_is_more_than_another_state_or_a_refusal() -> None:
    """The digest beside the row finds every flip (tests/records); without it nothing worse than a refusal comes of one."""
    case = Case(define(APPROVAL))
    case.complete("application", amount=5, typename="x", note={"__class__": "os.system"})
    state = case.step.state
    for place in range(len(state) * 8):
        at, bit = divmod(place, 8)
        flipped = state[:at] + bytes([state[at] ^ (1 << bit)]) + state[at + 1 :]
        try:
            read_state(case.definition, flipped)
        except EngineError as error:
            code = error.code
            assert code in {"state_unreadable", "state_codec_unknown", "state_of_other_definition"}
