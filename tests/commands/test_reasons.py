"""What the package decided is told in its own words, beside the step that led to it."""

from people_at_work import Case, Cast

from storage.actor import Actor
from workflows import queries
from workflows.queries.views import Reason


def told(case: Case, actor: Actor) -> dict[str, list[tuple[str, list[str], str, list[str]]]]:
    def flat(reason: Reason) -> tuple[str, list[str], str, list[str]]:
        facts, said = ([f"{label} {value}" for label, value in rows] for rows in (reason.facts, reason.said))
        return reason.title, facts, reason.answer, said

    view = queries.read_instance(case.uow, actor, case.id)
    return {entry.title: [flat(one) for one in entry.reasons] for entry in view.timeline if entry.reasons}


def test_a_table_is_told_by_its_columns_and_the_labels_of_the_options(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    assert told(case, cast["asks"]) == {
        "资质审核": [("电子钥匙价目", ["资费 基础资费", "年限 3 年"], "", ["单价 350", "金额 700"])]
    }


def test_a_choice_is_told_with_what_it_read(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    case.pay()
    (choice,) = told(case, cast["asks"])["缴费"]
    assert choice[0] == "个人付款且未经同意"
    assert choice[2] == "否"


def test_a_verdict_is_not_told_twice(case: Case, cast: Cast) -> None:
    case.submit()
    case.complete("approves", "review", "rejected", {"opinion": "证照不全"})
    assert told(case, cast["asks"]) == {}
