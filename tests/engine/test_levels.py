"""Sub-processes and called processes: levels with their own tokens, and scopes with their own values (rules 3, 7, 11)."""

import json

from diagrams import MAIN, Case, define, draw
from plain_files import judge, rules

from workflows.engine import Definition, lint_model, read_control

NESTED = """
    start -> ask -> sub_1 -> last -> x_1
    x_1 -> ask when last.outcome = "again"
    x_1 => end
    sub_1: start_1 -> p_1
    sub_1: p_1 -> a -> p_2
    sub_1: p_1 -> b -> p_2
    sub_1: p_2 -> c -> end_1
"""
CHECK = 'start -> review -> x_1\nx_1 -> deep when review.outcome = "deep"\nx_1 => end_ok\ndeep -> end_deep'
CALLER = "start -> ask -> call_1 -> last -> end"
GIVEN = {
    "call_1": {
        "input.amount": "ask.amount",
        "output.verdict": "review.outcome",
        "output.twice": "input.amount * 2",
    }
}


def caller(lines: str = CALLER) -> Definition:
    return define(lines + "\n@ call_1 calls check", GIVEN, calls={"check": define(CHECK)})


def test_a_sub_process_ends_when_no_token_is_left_in_it() -> None:
    case = Case(define(NESTED))
    case.complete("ask")
    assert case.open == ["a", "b"]
    case.complete("b")
    case.complete("a")
    assert case.open == ["c"]
    case.complete("c")
    assert case.open == ["last"]


def test_in_the_second_round_a_join_in_a_sub_process_waits_again() -> None:
    case = Case(define(NESTED))
    for _ in range(5):
        case.complete("ask")
        case.complete("a")
        assert case.open == ["b"]
        case.complete("b")
        case.complete("c")
        case.complete("last", outcome="again")
    assert case.open == ["ask"]


def test_what_is_done_on_a_level_leaves_nothing_behind() -> None:
    case = Case(define(NESTED))
    sizes = []
    for _ in range(30):
        for name in ("ask", "a", "b", "c"):
            case.complete(name)
        case.complete("last", outcome="again")
        body = json.loads(case.step.state.partition(b"\n")[2])
        assert [len(body[part]) for part in ("tokens", "scopes", "waits", "series")] == [1, 0, 0, 0]
        sizes.append(len(case.step.state))
    assert sizes[-1] - sizes[8] <= 20


def test_a_gateway_after_a_sub_process_reads_what_was_done_in_it() -> None:
    lines = """
        start -> sub_1 -> x_1
        sub_1: start_1 -> a -> end_1
        x_1 -> end_yes when a.outcome = "yes"
        x_1 => end_no
    """
    case = Case(define(lines))
    assert case.complete("a", outcome="yes").end_event == "end_yes"


def test_a_gateway_may_not_read_what_only_one_way_through_a_sub_process_does() -> None:
    lines = """
        start -> ask -> sub_1 -> x_1
        sub_1: start_1 -> x_0
        sub_1: x_0 -> a when ask.go = true
        sub_1: a -> end_1
        sub_1: x_0 => end_2
        x_1 -> end_yes when a.outcome = "yes"
        x_1 => end_no
    """
    assert ("value_before_task", "x_1") in rules(judge(draw(lines)))


def test_a_terminate_end_ends_its_level_only() -> None:
    lines = """
        start -> p_0
        p_0 -> sub_1 -> after -> end
        p_0 -> other -> end_o
        sub_1: start_1 -> p_1
        sub_1: p_1 -> a -> stop_1
        sub_1: p_1 -> b -> end_1
    """
    case = Case(define(lines))
    case.complete("a")
    assert case.open == ["after", "other"]


def test_a_sub_process_that_opens_again_reads_null_of_its_first_round() -> None:
    lines = """
        start -> sub_1 -> last -> x_1
        x_1 -> sub_1 when last.outcome = "again"
        x_1 => end
        sub_1: start_1 -> a -> s_1 -> end_1
    """
    case = Case(define(lines, {"s_1": {"handler": "h", "input.n": "a.n"}}))
    case.complete("a", n=1)
    assert case.step.opened[0].inputs == {"n": 1}
    case.complete("s_1")
    assert case.complete("last", outcome="again").control["a"] is None


def test_a_called_process_runs_within_its_caller() -> None:
    case = Case(caller())
    case.complete("ask", amount=7)
    assert case.open == ["call_1.review"]
    assert case.step.opened[0].name == "review"
    assert "review" not in case.step.control
    step = case.complete("call_1.review", outcome="fine")
    assert case.open == ["last"]
    assert step.control["call_1"] == {"verdict": "fine", "twice": 14}
    assert b"review" not in step.state.partition(b"tokens")[2].replace(b"call_1.review", b"")


def test_a_called_process_reads_its_own_values_and_never_those_of_an_earlier_run() -> None:
    lines = 'start -> ask -> call_1 -> last -> x_1\nx_1 -> ask when last.outcome = "again"\nx_1 => end'
    case = Case(caller(lines))
    for outcome, following in (("deep", "call_1.deep"), ("no", "last")):
        case.complete("ask", amount=1)
        case.complete("call_1.review", outcome=outcome)
        assert case.open == [following]
        if following != "last":
            case.complete(following)
        case.complete("last", outcome="again")


def test_a_caller_is_bound_to_the_content_of_what_it_calls() -> None:
    one = define(CALLER + "\n@ call_1 calls check", calls={"check": define(CHECK)})
    two = define(
        CALLER + "\n@ call_1 calls check",
        calls={"check": define(CHECK.replace("deep -> end_deep", "deep -> more -> end_deep"))},
    )
    assert one.sha256 != two.sha256
    assert one.calls["call_1"].sha256 == define(CHECK).sha256
    assert define(CHECK).sha256 == define(CHECK, calls={}).sha256


def test_a_call_of_what_is_not_there_is_refused() -> None:
    content = draw(CALLER + "\n@ call_1 calls nobody")
    assert rules(lint_model({MAIN: content})) == set()
    assert rules(lint_model({MAIN: content}, calls={})) == {("call_unknown", "call_1")}


def test_calls_lie_five_deep_in_each_other_at_most() -> None:
    inner = define("start -> deep -> end")
    for _ in range(5):
        inner = define("start -> call_1 -> x -> end\n@ call_1 calls inner", calls={"inner": inner})
    assert ".".join(["call_1"] * 5 + ["deep"]) in inner.elements
    content = draw("start -> call_1 -> end\n@ call_1 calls inner")
    assert rules(lint_model({MAIN: content}, calls={"inner": inner})) == {("calls_too_deep", "call_1")}


def test_a_called_process_reads_nothing_of_its_caller_even_where_a_filter_might() -> None:
    """``rows[limit.value = 1]`` means the entry of a row, or a step; the caller's step of that name is neither."""
    check = define(
        "start -> review -> x_1\nx_1 -> deep when count(review.rows[limit.value = 1]) = 1\nx_1 => end_ok\ndeep -> end_deep"
    )
    case = Case(define("start -> limit -> call_1 -> end\n@ call_1 calls check", calls={"check": check}))
    case.complete("limit", value=1)
    case.complete("call_1.review", rows=[{"size": 1}])
    assert case.step.ended


def test_a_form_within_a_call_reads_the_values_and_inputs_of_that_call_alone() -> None:
    both = {"call_1": {"input.amount": "ask.amount"}, "call_2": {"input.amount": "ask.amount + 1"}}
    lines = "start -> ask -> p_1\np_1 -> call_1 -> p_2\np_1 -> call_2 -> p_2\np_2 -> end"
    lines += "\n@ call_1 calls check\n@ call_2 calls check"
    case = Case(define(lines, both, calls={"check": define(CHECK)}))
    case.complete("ask", amount=5)
    case.complete("call_1.review", outcome="deep")
    state = case.step.state

    def read(element: str) -> dict[str, object]:
        return dict(read_control(case.definition, state, case.keys[element][0]))

    assert read("call_1.deep") == {"deep": None, "review": {"outcome": "deep"}, "input": {"amount": 5}}
    assert read("call_2.review") == {"deep": None, "review": None, "input": {"amount": 6}}
    assert read_control(case.definition, state, "gone")["ask"] == {"amount": 5}


def test_an_event_on_a_call_reads_what_the_caller_has_not_what_is_called() -> None:
    check = define('start -> review -> again -> end')
    lines = """
        start -> p_1
        p_1 -> review -> end
        p_1 -> call_1 -> end_3
        b_1 -> late -> end_2
        @ call_1 calls check
        @ b_1 on call_1 when review.outcome = "stop"
    """
    case = Case(define(lines, calls={"check": check}))
    case.complete("call_1.review", outcome="stop")
    assert case.open == ["call_1.again", "review"]
    case.complete("review", outcome="stop")
    assert case.open == ["late"]


def test_calls_nest() -> None:
    inner = define(CALLER + "\n@ call_1 calls check", calls={"check": define(CHECK)})
    case = Case(define("start -> call_1 -> x -> end\n@ call_1 calls inner", calls={"inner": inner}))
    case.complete("call_1.ask", amount=3)
    assert case.open == ["call_1.call_1.review"]
    case.complete("call_1.call_1.review", outcome="no")
    case.complete("call_1.last")
    assert case.open == ["x"]


def test_a_boundary_event_of_a_call_cuts_everything_within_it() -> None:
    lines = CALLER + "\nb_1 -> late -> end_2\n@ b_1 on call_1 timer P2D"
    case = Case(caller(lines))
    case.complete("ask", amount=1)
    case.complete("call_1.review", outcome="deep")
    case.fire("b_1")
    assert case.open == ["late"]
    body = json.loads(case.step.state.partition(b"\n")[2])
    assert (len(body["tokens"]), body["scopes"], body["waits"]) == (1, [], [])


def test_each_sub_process_is_proved() -> None:
    lines = """
        start -> ask -> sub_1 -> end
        sub_1: start_1 -> x_1
        sub_1: x_1 -> a when ask.go = true
        sub_1: x_1 => b
        sub_1: a -> p_1
        sub_1: b -> p_1
        sub_1: p_1 -> end_1
    """
    assert ("join_never_fires", "p_1") in rules(judge(draw(lines)))


def test_a_user_task_in_a_sub_process_lies_in_the_lane_of_the_sub_process() -> None:
    lane = b'<bpmn:laneSet id="l"><bpmn:lane id="staff"><bpmn:flowNodeRef>sub_1</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    content = draw("start -> sub_1 -> end\nsub_1: start_1 -> a -> end_1").replace(
        b'isExecutable="true">', b'isExecutable="true">' + lane
    )
    assert judge(content) == []
    from workflows.engine import parse_definition

    assert parse_definition({MAIN: content}).elements["a"].lane == "staff"


def test_a_join_counts_the_tokens_of_its_own_run_only() -> None:
    lines = """
        start -> ask -> sub_1 -> end
        sub_1: start_1 -> p_1
        sub_1: p_1 -> a -> p_2
        sub_1: p_1 -> b -> p_2
        sub_1: p_2 -> c -> end_1
        @ sub_1 each ask.list
    """
    case = Case(define(lines))
    case.complete("ask", list=["x", "y"])
    case.complete("a", 0)
    case.complete("b", 1)
    assert case.open == ["a", "b"]
    case.complete("b")
    assert case.open == ["a", "c"]
