"""A standing cast around the certificate process: one asks, one approves, one may not."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from storage.actor import SYSTEM, Actor, Role
from storage.db import db
from storage.models import Task
from storage.unit_of_work import UnitOfWork
from workflows.commands.accounts import create_account
from workflows.commands.attachments import attach_file
from workflows.commands.instances import start_instance
from workflows.commands.organisations import (
    add_member,
    bind_lane,
    create_group,
    create_organisation,
    put_group_members,
)
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.packages import read_folder
from workflows.queries.views import CaseResult, TaskResult
from workflows.scenarios.files import sample_file

KEY = "certificate_issuance"
FOLDER = Path(__file__).parents[2] / "bpmn" / KEY
PASSWORD = "Willow-lantern-27"
CANARY = {
    "contact_name": "金丝雀",
    "contact_mobile": "13900000731",
    "contact_mail": "canary731@example.com",
    "mailing_address": "鸟鸣路731号",
    "postal_code": "731731",
}
APPLICATION: Mapping[str, Any] = {
    "company": "青枫售电有限公司",
    "credit_code": "91310115MA1QFAP100",
    **CANARY,
    "lines": [{"package": "basic", "years": "3", "quantity": 2}],
    "invoice_title": "青枫售电有限公司",
    "invoice_tax_number": "91310115MA1QFAP100",
    "invoice_delivery": "paper",
}
SERIALS = ("ZK-2026-0001", "ZK-2026-0002")


def keys(*serials: str) -> dict[str, Any]:
    """Return the answers of production for these serials."""
    return {"keys": [{"serial": serial, "package": "basic", "years": "3"} for serial in serials]}


@dataclass
class Cast:
    """Everybody by name. `asks` and `colleague` apply; `approves`, `also_approves` review; `may_not` sits in the
    reviewers' group and belongs to the applicant too (K15); `stranger` is of another enterprise."""

    uow: UnitOfWork
    actors: dict[str, Actor] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def join(self, name: str, organisation: str, *groups: str, roles: tuple[Role, ...] = ()) -> None:
        """Make a person of an organisation, working in groups of it."""
        account = create_account(
            self.uow,
            SYSTEM,
            f"{name}_1",
            PASSWORD,
            f"{name} of {organisation}",
            roles=roles,
            organisation_id=self.organisations[organisation],
        )
        self.actors[name] = Actor(
            account.id,
            self.organisations[organisation],
            frozenset(self.groups[group] for group in groups),
            frozenset(roles),
        )
        for group in groups:
            members = [
                actor.account_id
                for actor in self.actors.values()
                if self.groups[group] in actor.groups and actor.account_id
            ]
            put_group_members(self.uow, SYSTEM, self.groups[group], members)


def house_of(uow: UnitOfWork) -> Cast:
    """Deploy the certificate package, make organisations, groups and people, and bind every lane."""
    cast = Cast(uow)
    deploy_package(uow, SYSTEM, read_folder(FOLDER))
    for name in ("applicant", "other", "agent", "payee"):
        cast.organisations[name] = create_organisation(uow, SYSTEM, f"organisation {name}").id
    for group, organisation in (
        ("review_agent", "agent"),
        ("customer_service", "agent"),
        ("finance", "payee"),
        ("production", "payee"),
        ("shipping", "payee"),
    ):
        cast.groups[group] = create_group(uow, SYSTEM, cast.organisations[organisation], group).id
        bind_lane(uow, SYSTEM, KEY, group, cast.groups[group])
    cast.join("asks", "applicant")
    cast.join("colleague", "applicant")
    cast.join("stranger", "other")
    cast.join("approves", "agent", "review_agent", "customer_service")
    cast.join("also_approves", "agent", "review_agent")
    cast.join("may_not", "agent", "review_agent")
    add_member(uow, SYSTEM, cast.organisations["applicant"], cast["may_not"].account_id)
    cast.join("finance", "payee", "finance")
    cast.join("maker", "payee", "production", "shipping")
    cast.join("operator", "payee", roles=(Role.OPERATOR,))
    cast.join("auditor", "payee", roles=(Role.AUDITOR,))
    cast.join("administrator", "payee", roles=(Role.ADMINISTRATOR,))
    return cast


@dataclass
class Case:
    """One application on its way; each verb is done as a named person."""

    cast: Cast
    result: CaseResult

    @property
    def uow(self) -> UnitOfWork:
        return self.cast.uow

    @property
    def id(self) -> UUID:
        return self.result.id

    def task(self, element_id: str) -> UUID:
        """Return the id of the open task of a step."""
        return self.uow.session.scalars(
            select(Task.id).where(
                Task.instance_id == self.id, Task.element_id == element_id, Task.status == "open"
            )
        ).one()

    def open(self) -> set[str]:
        """Return the steps that are open."""
        self.uow.session.rollback()
        return set(
            self.uow.session.scalars(
                select(Task.element_id).where(Task.instance_id == self.id, Task.status == "open")
            )
        )

    def attach(self, who: str, element_id: str, name: str, file: str = "汇款凭证.pdf") -> str:
        """Upload a sample file for a field; return its id as answers name it."""
        stream = io.BytesIO(sample_file(file))
        return str(attach_file(self.uow, self.cast[who], self.task(element_id), name, stream, file).id)

    def complete(
        self, who: str, element_id: str, outcome: str, answers: Mapping[str, Any], **more: Any
    ) -> TaskResult:
        """Complete the open task of a step."""
        return complete_task(self.uow, self.cast[who], self.task(element_id), outcome, answers, **more)

    def application(self, who: str = "asks", **changes: Any) -> dict[str, Any]:
        """Return complete answers with both files uploaded."""
        files = {
            name: [self.attach(who, "application", name, "申请表.pdf")]
            for name in ("application_form", "letter_of_authorisation")
        }
        return {**APPLICATION, **files, **changes}

    def submit(self, who: str = "asks", **changes: Any) -> TaskResult:
        """Fill in and submit."""
        return self.complete(who, "application", "submitted", self.application(who, **changes))

    def approve(self, who: str = "approves") -> TaskResult:
        """Let the review pass."""
        return self.complete(who, "review", "approved", {})

    def pay(self, who: str = "asks", **changes: Any) -> TaskResult:
        """Upload the voucher."""
        paid = {"payer_type": "own", "paid_on": "2026-11-20", "transfer_note": "基础资费 3 年", **changes}
        return self.complete(
            who, "payment", "paid", {**paid, "voucher": [self.attach(who, "payment", "voucher")]}
        )

    def confirm(self) -> TaskResult:
        """Say that the money arrived."""
        return self.complete("finance", "payment_confirmation", "confirmed", {"received_on": "2026-11-20"})

    def make(self, *serials: str) -> TaskResult:
        """Register the serials of the keys."""
        return self.complete("maker", "key_production", "made", keys(*(serials or SERIALS)))

    def issue_invoice(self, number: str = "00012345") -> TaskResult:
        """Record the invoice."""
        answers = {"invoice_number": number, "issued_on": "2026-11-20"}
        return self.complete("finance", "invoice", "issued", answers)

    def ship(self) -> TaskResult:
        """Send the parcel."""
        answers = {"carrier": "standard", "tracking_number": "YT2026112000001", "shipped_on": "2026-11-20"}
        return self.complete("maker", "shipment", "shipped", answers)

    def receive(self) -> TaskResult:
        """Confirm the delivery."""
        return self.complete("asks", "delivery", "received", {"received_on": "2026-11-20"})


def begin(cast: Cast, who: str = "asks") -> Case:
    """Start an application."""
    return Case(cast, start_instance(cast.uow, cast[who], KEY))


def traces(uow: UnitOfWork) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table: what a refusal has to leave as it was."""
    uow.session.rollback()
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name not in ("throttle", "access_record"):
            found[table.name] = sorted(uow.session.execute(table.select()).all(), key=repr)
    uow.session.rollback()
    return found


def refused(
    cast: Cast, error: type[Exception] | tuple[type[Exception], ...], command: Any, *args: Any, **kwargs: Any
) -> Any:
    """Run a command that has to be refused, see that it left no trace, and return the refusal."""
    before = traces(cast.uow)
    with pytest.raises(error) as caught:
        command(cast.uow, *args, **kwargs)
    assert traces(cast.uow) == before
    return caught.value
