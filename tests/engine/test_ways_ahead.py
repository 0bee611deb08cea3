"""What may come next is told by the drawing, as far as what it will read is known."""

from diagrams import APPROVAL, INPUTS, PARALLEL, Case, define

from workflows.engine import Way, ways_ahead

PAYMENT = """
    start -> pay -> x_first
    x_first -> ask when pay.outcome = "ask"
    x_first => x_payer
    x_payer -> hold when pay.payer = "person" and pay.outcome = "paid"
    x_payer => confirm
    ask -> pay
    hold -> end_held
    confirm -> end
"""


def told(lines: str, element: str, outcome: str | None = None, **control: object) -> list[Way]:
    properties = INPUTS if lines is APPROVAL else None
    values = {name: dict(value) for name, value in control.items()} if control else None  # type: ignore[call-overload]
    return list(ways_ahead(define(lines, properties), element, outcome, values))


def test_a_chosen_outcome_leads_one_way_past_what_machines_do() -> None:
    assert told(APPROVAL, "review", "again") == [Way(("application",))]
    assert told(APPROVAL, "review", "approve") == [Way(("end_paid",))]
    assert told(APPROVAL, "review", "anything") == [Way(("end_refused",))]


def test_without_an_outcome_every_way_is_open_and_says_what_it_takes() -> None:
    assert told(APPROVAL, "review") == [
        Way(("application",), ("f4",)),
        Way(("end_paid",), ("f5",)),
        Way(("end_refused",), ("f6",)),
    ]


def test_a_condition_that_reads_more_than_the_outcome_stays_open() -> None:
    assert told(PAYMENT, "pay", "ask", begun={}) == [Way(("ask",))]
    assert told(PAYMENT, "pay", "paid", begun={}) == [
        Way(("hold",), ("f5",)),
        Way(("confirm",), ("f6",)),
    ]


def test_what_the_case_already_knows_decides() -> None:
    lines = """
        start -> ask -> a -> x_1
        x_1 -> b when ask.sum > 100
        x_1 => c
        b -> end_1
        c -> end_2
    """
    assert told(lines, "a", ask={"sum": 200}) == [Way(("b",))]
    assert told(lines, "a", ask={"sum": 5}) == [Way(("c",))]
    assert [way.elements for way in told(lines, "a")] == [("b",), ("c",)]


def test_what_a_machine_writes_on_the_way_is_not_known_yet() -> None:
    lines = """
        start -> a -> s_pay -> x_1
        x_1 -> b when s_pay.ok = true
        x_1 => c
        b -> end_1
        c -> end_2
    """
    definition = define(lines, {"s_pay": {"handler": "payment.open_order"}})
    known = {"s_pay": {"ok": True}}
    assert [way.elements for way in ways_ahead(definition, "a", None, known)] == [("b",), ("c",)]


def test_branches_that_begin_together_are_told_together_and_a_join_waits_for_the_others() -> None:
    lines = "start -> begin -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_2 -> d -> end_2"
    assert told(lines, "begin") == [Way(("a", "b"))]
    assert told(lines, "a") == [Way(("d",), joined=True)]
    assert told(PARALLEL, "c") == [Way(("end",))]


def test_what_happens_to_a_task_is_told_beside_its_completion() -> None:
    lines = """
        start -> review -> end
        b_late -> urge -> end_2
        @ b_late beside review timer P3D
    """
    assert told(lines, "review") == [Way(("end",)), Way(("urge",), event="b_late")]
    assert told(lines, "review", "done") == [Way(("end",))]


def test_a_way_leads_into_a_sub_process_and_out_of_it() -> None:
    lines = """
        start -> a -> sub_1 -> b -> end
        sub_1: start_1 -> c -> end_1
    """
    assert told(lines, "a") == [Way(("c",))]
    assert told(lines, "c") == [Way(("b",))]


def test_what_is_told_is_what_a_step_does() -> None:
    case = Case(define(APPROVAL, INPUTS))
    case.complete("application")
    told_now = ways_ahead(case.definition, "review", "again")
    case.complete("review", outcome="again")
    assert [tuple(case.open)] == [way.elements for way in told_now]
