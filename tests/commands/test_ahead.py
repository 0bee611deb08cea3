"""What may come next, in the words of the package, to the applicant and to whoever decides."""

from people_at_work import Case, Cast

from workflows import queries
from workflows.queries.views import AheadWay


def told(ways: tuple[AheadWay, ...]) -> list[tuple[list[str], list[str]]]:
    return [([step.title for step in way.steps], [answer for _, answer in way.when]) for way in ways]


def test_each_outcome_says_where_it_leads(case: Case, cast: Cast) -> None:
    case.submit()
    view = queries.read_task(cast.uow, cast["approves"], case.task("review"))
    assert {key: told(ways) for key, ways in view.ahead.items()} == {
        "approved": [(["缴费"], [])],
        "returned": [(["填写申请"], [])],
        "rejected": [(["不予通过"], [])],
    }
    (end,) = view.ahead["rejected"][0].steps
    assert (end.kind, end.seal) == ("end", "reject")
    assert [step.mine for step in view.ahead["approved"][0].steps] == [True]


def test_whoever_only_looks_on_is_told_no_outcomes(case: Case, cast: Cast) -> None:
    case.submit()
    assert queries.read_task(cast.uow, cast["auditor"], case.task("review")).ahead == {}


def test_the_applicant_reads_every_way_that_is_still_open(case: Case, cast: Cast) -> None:
    case.submit()
    view = queries.read_instance(cast.uow, cast["asks"], case.id)
    assert told(view.ahead) == [
        (["不予通过"], ["不予通过"]),
        (["缴费"], ["同意"]),
        (["填写申请"], ["退回补正"]),
    ]


def test_steps_side_by_side_lead_to_what_waits_for_both(in_production: Case, cast: Cast) -> None:
    view = queries.read_instance(cast.uow, cast["asks"], in_production.id)
    assert [([step.title for step in way.steps], way.event, way.joined) for way in view.ahead] == [
        (["寄送"], None, True),
        (["催办并说明超期"], "满 3 个工作日未完成", False),
    ]


def test_a_closed_case_has_nothing_ahead(case: Case, cast: Cast) -> None:
    from workflows.commands.instances import withdraw_instance

    withdraw_instance(cast.uow, cast["asks"], case.id, "不办了")
    assert queries.read_instance(cast.uow, cast["asks"], case.id).ahead == ()


def test_a_return_that_nobody_drew_is_named_after_the_drawn_ways(sent: Case) -> None:
    view = queries.read_instance(sent.uow, sent.cast["asks"], sent.id)
    assert [([step.element_id for step in way.steps], way.back) for way in view.ahead] == [
        (["first_look"], None),
        (["too_late"], None),
        (["sign"], None),
        (["application"], "legal"),  # books may send it there too: told once
    ]
    assert [step.mine for step in view.ahead[-1].steps] == [True]


def test_a_return_that_is_drawn_is_not_named_twice(case: Case, cast: Cast) -> None:
    case.submit()
    assert all(way.back is None for way in queries.read_instance(cast.uow, cast["asks"], case.id).ahead)
