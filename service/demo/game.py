"""Plays one plan: every move is a command, by the person whose turn it is, at a time that has passed."""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from service.demo import papers
from service.demo.cast import PROCESS
from service.demo.plans import Plan
from storage.actor import Actor
from storage.models import Task
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance, start_instance, withdraw_instance
from workflows.commands.tasks import claim_task, complete_task

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN, CLOSE = 9, 18
INVENTED = "Invented for the demo of Zhupi. Not a real document."
REASONS = (
    ("application_form", "盖章不清楚，请重新盖章后再扫描。"),
    ("contact_mobile", "号码打不通，请换一个能联系到的手机号。"),
    ("mailing_address", "地址缺门牌号，快递送不到。"),
    ("letter_of_authorisation", "授权书没有法定代表人签字。"),
)


def at_work(moment: datetime) -> datetime:
    """Return this moment if offices are open in Shanghai then, else one in the last afternoon before it."""
    there = moment.astimezone(SHANGHAI)
    if there.hour < OPEN:
        there -= timedelta(days=1)
    elif there.hour < CLOSE:
        return moment
    return there.replace(hour=CLOSE - 1 - there.minute % 4)


@dataclass(frozen=True, slots=True)
class Player:
    """A person of the cast with the account that was made for them."""

    actor: Actor
    name: str
    mobile: str
    company: str
    credit_code: str


@dataclass
class Game:
    """One application on its way."""

    uow: UnitOfWork
    clock: FixedClock
    chance: random.Random
    plan: Plan
    players: Mapping[str, Player]
    serials: list[int]
    instance_id: UUID | None = None
    files: dict[str, list[str]] = field(default_factory=dict)
    returned_for: set[str] = field(default_factory=set)

    def play(self) -> None:
        """Begin the application and make its moves, spread over the days since then."""
        moves = self.plan.moves.split()
        pause = timedelta(days=self.plan.days) * 0.9 / (len(moves) + 1)
        self.instance_id = start_instance(self.uow, self.applicant.actor, PROCESS).id
        for move in moves:
            wanted = at_work(self.clock.now() + pause * self.chance.uniform(0.7, 1.0))
            soonest = timedelta(minutes=self.chance.randint(3, 40))
            self.clock.advance(max(wanted - self.clock.now(), soonest))
            getattr(self, move)()

    @property
    def applicant(self) -> Player:
        """Who asks."""
        return self.players[self.plan.applicant]

    def draft(self) -> None:
        typed = {key: value for key, value in self._application().items() if not key.startswith("invoice")}
        save_draft(self.uow, self.applicant.actor, self._task("application"), typed)

    def submit(self) -> None:
        for slot, title in (
            ("application_form", "Certificate application form"),
            ("letter_of_authorisation", "Letter of authorisation"),
        ):
            if self.returned_for and slot not in self.returned_for:
                continue  # locked: what was not remarked stays as it was handed in
            self._attach("application", slot, f"{slot}.pdf", papers.pdf(title, INVENTED))
        files = {slot: self.files[slot] for slot in ("application_form", "letter_of_authorisation")}
        self._complete(self.applicant, "application", "submitted", {**self._application(), **files})

    def claim_review(self) -> None:
        claim_task(self.uow, self._one_of("review").actor, self._task("review"))

    def approve(self) -> None:
        self._complete(self._one_of("review"), "review", "approved", {"opinion": "材料齐全，同意办理。"})

    def reject(self) -> None:
        said = "申请单位不是交易平台的市场成员，不能办理。注册完成后可以重新申请。"
        self._complete(self._one_of("review"), "review", "rejected", {"opinion": said})

    def send_back(self) -> None:
        marks = [
            {"field": slot, "reason": reason}
            for slot, reason in self.chance.sample(REASONS, self.chance.randint(1, 2))
        ]
        self.returned_for = {mark["field"] for mark in marks}
        answers = {"opinion": "请按下面指出的地方补正后再提交。", "marks": marks}
        self._complete(self._one_of("review"), "review", "returned", answers)

    def pay(self) -> None:
        self._pay({"payer_type": "own"})

    def pay_by_other(self) -> None:
        self._pay({"payer_type": "other_enterprise", "payer_company": "示例控股有限公司（虚构）"})

    def pay_personally(self) -> None:
        self._pay({"payer_type": "personal", "payer_person": self.applicant.name})

    def ask(self) -> None:
        why = "公司账户正在变更开户行，本月不能对外付款。"
        answers = {"payer_type": "personal", "payer_person": self.applicant.name, "exception_reason": why}
        self._complete(self.applicant, "payment", "request_exception", answers)

    def allow(self) -> None:
        said = "情况属实，同意这一次用个人账户付款。"
        self._complete(self.players["service1"], "exception_review", "approved", {"opinion": said})

    def refuse(self) -> None:
        said = "开户行变更一般三天内完成，请用单位账户付款。"
        self._complete(self.players["service1"], "exception_review", "refused", {"opinion": said})

    def accept(self) -> None:
        said = "已与申请单位核实，付款人是其法定代表人，接受这笔款。"
        self._complete(self._one_of("finance"), "held_payment", "excepted", {"opinion": said})

    def refund(self) -> None:
        said = "个人账户付款未经同意，原路退回。"
        self._complete(self._one_of("finance"), "held_payment", "refunded", {"opinion": said})

    def confirm(self) -> None:
        answers: dict[str, Any] = {"received_on": self._today()}
        if "pay_by_other" in self.plan.moves.split():
            answers["other_enterprise_checked"] = True
        self._complete(self._one_of("finance"), "payment_confirmation", "confirmed", answers)

    def voucher_back(self) -> None:
        said = "凭证上的金额看不清，请换一张。"
        self._complete(self._one_of("finance"), "payment_confirmation", "returned", {"opinion": said})

    def invoice(self) -> None:
        answers = {"invoice_number": f"{self._serial():08d}", "issued_on": self._today()}
        self._complete(self._one_of("finance"), "invoice", "issued", answers)

    def claim_production(self) -> None:
        claim_task(self.uow, self.players["maker1"].actor, self._task("key_production"))

    def keys(self) -> None:
        keys = [
            {"serial": f"ZK-DEMO-{self._serial():06d}", "package": package, "years": str(years)}
            for package, years, quantity in self.plan.lines
            for _ in range(quantity)
        ]
        self._complete(self.players["maker1"], "key_production", "made", {"keys": keys})

    def ship(self) -> None:
        answers = {
            "carrier": "standard",
            "tracking_number": f"YT{self._serial():010d}",
            "shipped_on": self._today(),
        }
        self._complete(self.players["shipper1"], "shipment", "shipped", answers)

    def receive(self) -> None:
        self._complete(self.applicant, "delivery", "received", {"received_on": self._today()})

    def parcel_back(self) -> None:
        self._complete(
            self.applicant, "delivery", "parcel_returned", {"reason": "快递送到了原来的地址，已经退回。"}
        )

    def withdraw(self) -> None:
        withdraw_instance(self.uow, self.applicant.actor, self._instance(), "数量要重新核定，先撤回。")

    def cancel(self) -> None:
        cancel_instance(
            self.uow, self.players["operator"].actor, self._instance(), "申请单位来电，不再办理。"
        )

    def _pay(self, payer: Mapping[str, str]) -> None:
        content = papers.picture(
            "Sample Bank: transfer done", INVENTED, "Amount and reference as on the order."
        )
        self._attach("payment", "voucher", "voucher.png", content)
        answers = {
            **payer,
            "paid_on": self._today(),
            "transfer_note": "电子钥匙费用",
            "voucher": self.files["voucher"],
        }
        self._complete(self.applicant, "payment", "paid", answers)

    def _application(self) -> dict[str, Any]:
        who = self.applicant
        return {
            "company": who.company,
            "credit_code": who.credit_code,
            "contact_name": who.name,
            "contact_mobile": who.mobile,
            "contact_mail": f"{self.plan.applicant}@example.com",
            "mailing_address": "示例市样张路 18 号 3 楼（虚构）",
            "postal_code": "200000",
            "lines": [
                {"package": package, "years": str(years), "quantity": quantity}
                for package, years, quantity in self.plan.lines
            ],
            "invoice_title": who.company,
            "invoice_tax_number": who.credit_code,
            "invoice_delivery": "paper",
        }

    def _attach(self, element_id: str, slot: str, name: str, content: bytes) -> None:
        task_id = self._task(element_id)
        made = attach_file(self.uow, self.applicant.actor, task_id, slot, io.BytesIO(content), name)
        self.files[slot] = [str(made.id)]

    def _complete(self, player: Player, element_id: str, outcome: str, answers: Mapping[str, Any]) -> None:
        complete_task(self.uow, player.actor, self._task(element_id), outcome, answers)

    def _task(self, element_id: str) -> UUID:
        self.uow.session.rollback()
        open_task = select(Task.id).where(
            Task.instance_id == self._instance(), Task.element_id == element_id, Task.status == "open"
        )
        return self.uow.session.execute(open_task).scalar_one()

    def _one_of(self, desk: str) -> Player:
        """Return whoever of two colleagues holds this application's work; it stays with one of them."""
        return self.players[f"{desk}{1 + self.plan.days % 2}"]

    def _instance(self) -> UUID:
        if self.instance_id is None:
            message = "the application was not begun"
            raise RuntimeError(message)
        return self.instance_id

    def _serial(self) -> int:
        self.serials[0] += 1
        return self.serials[0]

    def _today(self) -> str:
        return self.clock.now().astimezone(SHANGHAI).date().isoformat()
