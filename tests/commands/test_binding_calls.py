"""What a caller is bound to when it is deployed, and which calls are refused then."""

from collections.abc import Callable
from typing import Any

import pytest
from calling import OPINION, OPINION_FLOWS, PURCHASE, PURCHASE_FLOWS, opinion_files, purchase_files
from calls_at_work import bind_all, deploy_opinion, deploy_purchase, purchase
from people_at_work import Cast, refused
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Definition, DefinitionCall, Task
from workflows import deployed, queries
from workflows.commands.packages import deploy_package, find_newest
from workflows.errors import PackageInvalid
from workflows.packages import lint_package
from workflows.replay import replay_instance


@pytest.fixture
def calling(cast: Cast) -> Cast:
    """Both packages deployed, every lane bound."""
    deploy_opinion(cast)
    deploy_purchase(cast)
    bind_all(cast)
    return cast


def rules(told: PackageInvalid) -> set[str]:
    return {finding.rule for finding in told.findings}


def test_the_caller_keeps_what_it_was_bound_to_until_it_is_deployed_anew(calling: Cast) -> None:
    running = purchase(calling)
    running.apply()
    deploy_opinion(calling, words="（新）", nodes=OPINION.replace("@head", "@reviewer"))
    deployed._kept.clear()
    later = purchase(calling)
    later.apply(amount=6000)
    for case in (running, later):
        view = queries.read_task(calling.uow, calling["approves"], case.task("legal.review"))
        assert "（新）" not in view.texts["package.title"]
    later.say("legal", reason="x")
    assert later.uow.session.scalars(
        select(Task.lane).where(Task.element_id == "legal.second", Task.instance_id == later.id)
    ).one() == "head"
    lanes = {(one.process_key, one.lane) for one in queries.bindings(calling.uow, calling["administrator"])}
    assert ("opinion", "head") in lanes  # the newest version has no such lane any more, the caller still needs it
    anew = deploy_purchase(calling)
    assert (anew.created, anew.version) == (True, 2)
    assert not deploy_purchase(calling).created
    third = purchase(calling)
    third.apply(amount=6000)
    assert "（新）" in queries.read_task(calling.uow, calling["approves"], third.task("legal.review")).texts["package.title"]
    third.say("legal", reason="x")
    assert "legal.second" in third.open()
    for case in (running, later, third):
        assert replay_instance(calling.uow, case.id).ok


def test_the_event_of_a_deployment_names_what_it_is_bound_to(calling: Cast) -> None:
    uow = calling.uow
    opinion = uow.session.scalars(select(Definition).where(Definition.process_key == "opinion")).one()
    caller = uow.session.scalars(select(Definition).where(Definition.process_key == "purchase")).one()
    event = uow.journal.read("definition:purchase")[-1]
    assert event["details"]["calls"] == {"opinion": opinion.sha256}
    rows = uow.session.execute(select(DefinitionCall.definition_id, DefinitionCall.process_key, DefinitionCall.called_id))
    assert [tuple(row) for row in rows] == [(caller.id, "opinion", opinion.id)]
    assert "calls" not in uow.journal.read("definition:opinion")[-1]["details"]


def test_a_package_that_calls_what_was_never_deployed_is_refused(cast: Cast) -> None:
    told = refused(cast, PackageInvalid, deploy_package, SYSTEM, purchase_files(lambda _key: None))
    assert rules(told) == {"call_unknown"}


def test_calls_that_come_back_are_refused_however_often_they_were_deployed(calling: Cast) -> None:
    nodes = OPINION + "call back @reviewer | calls=purchase\n"
    flows = OPINION_FLOWS.replace("note -> given", "note -> back\nback -> given")
    files = opinion_files(nodes=nodes, flows=flows)
    assert "call_cycle" in {one.rule for one in lint_package(files, find_newest(calling.uow.session))}
    assert "call_cycle" in rules(refused(calling, PackageInvalid, deploy_package, SYSTEM, files))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda text: text.replace("input.amount=line.price", "input.amount=line.price | input.money=line.price", 1), "call_input_unknown"),
        (lambda text: text.replace("input.subject=apply.thing | ", "", 1), "call_input_missing"),
        (lambda text: text.replace("input.amount=apply.amount", "input.amount=apply.thing", 1), "expression_wrong_type"),
        (lambda text: text.replace("input.subject=apply.thing", "input.subject=apply.contact", 1), "control_personal"),
        (lambda text: text.replace("output.verdict=review.outcome", "output.verdict=review.person", 1), "control_personal"),
        (lambda text: text.replace("output.verdict=review.outcome", "output.verdict=review.nothing", 1), "control_unknown"),
        (lambda text: text.replace("output.verdict=review.outcome", "output.verdict=apply.thing", 1), "name_unknown"),
        (lambda text: text.replace("output.verdict=review.outcome", "output.verdict=input.money", 1), "control_unknown"),
        (lambda text: text.replace("output.verdict=review.outcome | output.level=weigh.level", "output.level=weigh.level", 1), "control_unknown"),
        (lambda text: text.replace("calls=opinion", "calls=../opinion", 1), "call_unknown"),
    ],
)  # fmt: skip
def test_a_caller_gives_and_takes_what_the_called_process_declares(
    cast: Cast, change: Callable[[str], str], rule: str
) -> None:
    deploy_opinion(cast)
    changed = change(PURCHASE)
    assert changed != PURCHASE
    files = purchase_files(find_newest(cast.uow.session), nodes=changed)
    assert rule in rules(refused(cast, PackageInvalid, deploy_package, SYSTEM, files))


def test_types_go_through_a_call_both_ways(cast: Cast) -> None:
    deploy_opinion(cast)
    find = find_newest(cast.uow.session)

    def found(condition: str) -> set[str]:
        flows = PURCHASE_FLOWS.replace('legal.verdict = "yes" and expert.verdict = "yes"', condition)
        return {one.rule for one in lint_package(purchase_files(find, flows=flows), find)}

    assert found('legal.verdict = "yes" and expert.level > 3') == set()
    assert found('legal.verdict = "never"') == {"expression_never_equal"}
    assert found("expert.level") == {"expression_not_boolean"}
    assert found("legal.verdict = 3") == {"expression_unlike_types"}
    assert found('legal.opinion = "x"') == {"control_unknown"}


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        (lambda: opinion_files(more='inputs.more = "list"'), "manifest_input"),
        (lambda: _changed("manifest.toml", b"callable_only = true\n", b'number = "YJ-{year}-{serial}"\n'), "manifest_input"),
        (lambda: _changed("decisions/weight.dmn", b">input.amount<", b">input.money<"), "input_unknown"),
        (lambda: _changed("decisions/weight.dmn", b">input.amount<", b">input.subject<"), "expression_unlike_types"),
        (lambda: _changed("forms/review.json", b"input.subject", b"input.person"), "input_unknown"),
        (lambda: _changed("forms/review.json", b"=input.amount <= 1000", b"=input.subject <= 1000"), "expression_unlike_types"),
        (lambda: _changed("forms/explain.json", b'"paper"', b'"input"'), "field_shadows"),
        (lambda: opinion_files() | {"scenarios/cast.toml": b"", "scenarios/one.toml": b""}, "scenario_callable"),
    ],
)  # fmt: skip
def test_a_called_process_declares_what_it_reads(files: Callable[[], dict[str, bytes]], rule: str) -> None:
    assert rule in {one.rule for one in lint_package(files())}


def _changed(path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    files: dict[str, Any] = opinion_files()
    assert old in files[path]
    return {**files, path: files[path].replace(old, new)}
