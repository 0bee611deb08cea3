"""Start, withdraw, cancel and deploy: the verbs of a whole case and of a package."""

from typing import Any

import pytest
from people_at_work import FOLDER, KEY, Case, Cast, begin, refused, traces
from sqlalchemy import select

from storage.actor import SYSTEM, Actor
from storage.chain import instance_stream
from storage.models import Definition, Instance, PaymentOrder, Task
from storage.unit_of_work import UnitOfWork
from workflows.commands import answers as answering
from workflows.commands.accounts import disable_account
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance, start_instance, withdraw_instance
from workflows.commands.organisations import bind_lane, put_group_members
from workflows.commands.packages import deploy_package
from workflows.errors import (
    InstanceEnded,
    LaneOwnOrganisation,
    LanesNotSeparate,
    LaneUnbound,
    NotAllowed,
    NotFound,
    OrganisationMissing,
    PackageInvalid,
    ReasonMissing,
    RoleMissing,
    TaskNotOpen,
    WithdrawTooLate,
)
from workflows.packages import read_folder


def test_a_start_is_repeated_as_one(cast: Cast) -> None:
    first = start_instance(cast.uow, cast["asks"], KEY, "one")
    again = start_instance(cast.uow, cast["asks"], KEY, "one")
    assert again == first
    assert [task.element_id for task in first.tasks] == ["application"]
    assert start_instance(cast.uow, cast["asks"], KEY, "two").number == "ZS-2026-000002"


def test_a_start_is_refused_with_the_name_of_a_lane_that_is_bound_to_nobody(cast: Cast) -> None:
    bind_lane(cast.uow, SYSTEM, KEY, "shipping", None)
    told = refused(cast, LaneUnbound, start_instance, cast["asks"], KEY)
    assert told.params["lane"] == "寄送"


def test_a_start_is_refused_when_the_only_member_of_a_group_is_disabled(cast: Cast) -> None:
    disable_account(cast.uow, SYSTEM, cast["finance"].account_id)  # type: ignore[arg-type]
    assert refused(cast, LaneUnbound, start_instance, cast["asks"], KEY).params["lane"] == "财务"


def test_k15_a_group_whose_only_member_belongs_to_the_applicant_counts_as_nobody(cast: Cast) -> None:
    put_group_members(cast.uow, SYSTEM, cast.groups["review_agent"], [cast["may_not"].account_id])  # type: ignore[list-item]
    told = refused(cast, LaneOwnOrganisation, start_instance, cast["asks"], KEY)
    assert told.params["lane"] == "审核机构"
    assert start_instance(cast.uow, cast["stranger"], KEY).status == "active"


def test_k15_review_and_money_are_played_by_different_parties(cast: Cast) -> None:
    refused(cast, LanesNotSeparate, bind_lane, SYSTEM, KEY, "finance", cast.groups["review_agent"])


def test_nobody_starts_for_no_organisation_or_an_unknown_process(cast: Cast) -> None:
    refused(cast, OrganisationMissing, start_instance, Actor(cast["asks"].account_id), KEY)
    refused(cast, NotFound, start_instance, cast["asks"], "no_such_process")


def test_the_applicant_withdraws_and_what_was_handed_in_stays(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    ended = withdraw_instance(cast.uow, cast["colleague"], case.id, "不办了")
    assert (ended.status, ended.outcome, ended.tasks) == ("cancelled", "withdrawn", ())
    assert cast.uow.session.get_one(Task, task_id).status == "cancelled"
    before = traces(cast.uow)
    assert withdraw_instance(cast.uow, cast["asks"], case.id).status == "cancelled"
    assert traces(cast.uow) == before
    from workflows.commands.tasks import claim_task

    refused(cast, InstanceEnded, claim_task, cast["approves"], task_id)
    instance = cast.uow.session.get_one(Instance, case.id)
    assert cast.uow.journal.verify(instance_stream(instance)).ok


def test_an_order_that_nobody_will_pay_is_cancelled(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    withdraw_instance(cast.uow, cast["asks"], case.id)
    assert cast.uow.session.scalars(select(PaymentOrder.status)).all() == ["cancelled"]


def test_once_the_money_is_under_way_it_is_too_late_to_withdraw(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    case.pay()
    told = refused(cast, WithdrawTooLate, withdraw_instance, cast["asks"], case.id)
    assert told.params["step"] == "核对到账"


def test_only_the_applicant_withdraws(case: Case, cast: Cast) -> None:
    case.submit()
    refused(cast, NotAllowed, withdraw_instance, cast["approves"], case.id)
    refused(cast, NotFound, withdraw_instance, cast["stranger"], case.id)


def test_operators_cancel_with_a_reason_that_everybody_of_the_case_reads(case: Case, cast: Cast) -> None:
    from workflows import queries

    refused(cast, ReasonMissing, cancel_instance, cast["operator"], case.id, "  ")
    refused(cast, RoleMissing, cancel_instance, cast["asks"], case.id, "不办了")
    refused(cast, NotFound, cancel_instance, cast["stranger"], case.id, "不办了")
    ended = cancel_instance(cast.uow, cast["operator"], case.id, "重复申请")
    assert (ended.status, ended.outcome) == ("cancelled", "cancelled")
    refused(cast, InstanceEnded, withdraw_instance, cast["asks"], case.id)
    timeline = queries.read_instance(cast.uow, cast["asks"], case.id).timeline
    assert timeline[-1].opinion == "重复申请"


def test_typing_and_uploading_into_a_task_of_an_earlier_round_is_refused(case: Case, cast: Cast) -> None:
    import io

    from workflows.scenarios.files import sample_file

    old = case.task("application")
    case.submit()
    marks = [{"field": "company", "reason": "不符"}]
    case.complete("approves", "review", "returned", {"opinion": "请改", "marks": marks})
    assert case.task("application") != old
    refused(cast, TaskNotOpen, save_draft, cast["asks"], old, {"company": "青枫"})
    stream = io.BytesIO(sample_file("a.pdf"))
    refused(cast, TaskNotOpen, attach_file, cast["asks"], old, "application_form", stream, "a.pdf")


def test_answers_are_loaded_again_when_another_branch_moved_before_the_lock(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.submit()
    case.approve()
    case.pay()
    case.confirm()
    load, seen = answering.load, []

    def other_branch_first(uow: UnitOfWork, actor: Any, version: Any, task: Any, state: Any, *rest: Any) -> Any:
        seen.append((task.element_id, state[1]))
        loaded = load(uow, actor, version, task, state, *rest)
        if seen == [("key_production", state[1])]:
            case.issue_invoice()
        return loaded

    monkeypatch.setattr(answering, "load", other_branch_first)
    case.make()
    assert [element for element, _ in seen] == ["key_production", "invoice", "key_production"]
    assert seen[-1][1] > seen[0][1]
    assert case.open() == {"shipment"}


def test_the_same_content_is_the_same_version_and_other_content_the_next(cast: Cast) -> None:
    files = read_folder(FOLDER)
    before = traces(cast.uow)
    again = deploy_package(cast.uow, SYSTEM, files)
    assert (again.version, again.created) == (1, False)
    assert traces(cast.uow) == before
    changed = {**files, "manifest.toml": files["manifest.toml"] + b"\n# a remark\n"}
    next_one = deploy_package(cast.uow, SYSTEM, changed, "a remark")
    assert (next_one.version, next_one.created) == (2, True)
    assert deploy_package(cast.uow, SYSTEM, files).version == 3
    assert cast.uow.journal.verify(f"definition:{KEY}").ok


def test_a_running_case_stays_on_the_version_it_began_with(case: Case, cast: Cast) -> None:
    files = read_folder(FOLDER)
    deploy_package(cast.uow, SYSTEM, {**files, "manifest.toml": files["manifest.toml"] + b"\n# later\n"})
    case.submit()
    later = begin(cast)
    versions = {
        row.id: row.version for row in cast.uow.session.execute(select(Definition.id, Definition.version))
    }
    assert versions[cast.uow.session.get_one(Instance, case.id).definition_id] == 1
    assert versions[cast.uow.session.get_one(Instance, later.id).definition_id] == 2


def test_a_package_that_does_not_pass_the_gate_is_refused_with_its_findings(cast: Cast) -> None:
    files = read_folder(FOLDER)
    broken = {**files, "process.bpmn": files["process.bpmn"].replace(b"userTask", b"manualTask")}
    told = refused(cast, PackageInvalid, deploy_package, SYSTEM, broken)
    assert told.findings
    refused(cast, RoleMissing, deploy_package, cast["asks"], files)
    refused(cast, PackageInvalid, deploy_package, SYSTEM, {"process.bpmn": b"<!DOCTYPE x>"})
