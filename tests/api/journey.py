"""Takes a certificate application along, over HTTP with tokens and nothing else."""

import io
import zipfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from cast import LANES, Cast
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from workflows.scenarios.files import sample_file

PROCESS = "certificate_issuance"
PACKAGE = Path(__file__).resolve().parents[2] / "bpmn" / PROCESS
APPLICATION: Mapping[str, Any] = {
    "company": "青枫售电有限公司",
    "credit_code": "91310115MA1QFAP100",
    "contact_name": "林晓枫",
    "contact_mobile": "13900000001",
    "contact_mail": "lin@green-maple.example",
    "mailing_address": "示例市青枫路 8 号 3 楼",
    "postal_code": "200000",
    "lines": [{"package": "basic", "years": "3", "quantity": 2}],
    "invoice_title": "青枫售电有限公司",
    "invoice_tax_number": "91310115MA1QFAP100",
    "invoice_delivery": "paper",
}
PAYMENT = {"payer_type": "own", "paid_on": "2026-11-20", "transfer_note": "基础资费 3 年"}
ARRIVED = {"received_on": "2026-11-20"}
INVOICE = {"invoice_number": "00012345", "issued_on": "2026-11-20"}
KEYS = {
    "keys": [
        {"serial": "ZK-2026-0001", "package": "basic", "years": "3"},
        {"serial": "ZK-2026-0002", "package": "basic", "years": "3"},
    ]
}
SENT = {"carrier": "standard", "tracking_number": "YT2026112000001", "shipped_on": "2026-11-20"}
IN_HAND = {"received_on": "2026-11-20"}


def package_zip() -> bytes:
    """Return the package of the house as the ZIP that an owner uploads."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(PACKAGE.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(PACKAGE.parent))
    return packed.getvalue()


class Journey:
    """One application and everybody who works on it."""

    def __init__(self, client: FlaskClient, cast: Cast) -> None:
        self.client, self.cast = client, cast
        self.keys = count(1)
        self.instance_id = ""

    def call(self, who: str, method: str, path: str, key: str | None = None, **options: Any) -> TestResponse:
        """Send one request as a member of the cast."""
        headers = {**self.cast[who].headers, **options.pop("headers", {})}
        if method != "GET":
            headers.setdefault("Idempotency-Key", key or f"journey-{next(self.keys)}")
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def ok(self, who: str, method: str, path: str, **options: Any) -> Any:
        """Send one request that has to succeed; return its JSON."""
        reply = self.call(who, method, path, **options)
        assert reply.status_code in (200, 201, 204), (path, reply.status_code, reply.get_data(as_text=True))
        return reply.json if reply.status_code != 204 else None

    def prepare(self) -> None:
        """Deploy the package and bind its lanes, as owner and administrator do."""
        data = {"file": (io.BytesIO(package_zip()), "package.zip"), "note": "first"}
        self.ok("process_owner", "POST", "/definitions", data=data, content_type="multipart/form-data")
        for lane in LANES:
            body = {"process_key": PROCESS, "lane": lane, "group_id": str(self.cast.groups[lane])}
            self.ok("administrator", "PUT", "/bindings", json=body)

    def start(self, who: str = "applicant") -> str:
        """Begin an application; return its id."""
        self.instance_id = self.ok(who, "POST", "/instances", json={"process_key": PROCESS})["id"]
        return self.instance_id

    def task(self, who: str, element_id: str) -> dict[str, Any]:
        """Return the open task of this step as `who` reads it."""
        instance = self.ok(who, "GET", f"/instances/{self.instance_id}")
        found = [task for task in instance["open_tasks"] if task["element_id"] == element_id]
        assert found, (element_id, instance["open_tasks"])
        return dict(self.ok(who, "GET", f"/tasks/{found[0]['id']}"))

    def attach(self, who: str, element_id: str, field: str, name: str) -> str:
        """Upload a sample file; return its id."""
        task = self.task(who, element_id)
        data = {"field": field, "file": (io.BytesIO(sample_file(name)), name)}
        reply = self.ok(
            who, "POST", f"/tasks/{task['id']}/attachments", data=data, content_type="multipart/form-data"
        )
        return str(reply["id"])

    def complete(self, who: str, element_id: str, outcome: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Complete a step with the version that was just read."""
        task = self.task(who, element_id)
        body = {"outcome": outcome, "answers": dict(answers), "task_version": task["version"]}
        return dict(self.ok(who, "POST", f"/tasks/{task['id']}/complete", json=body))

    def open_steps(self, who: str = "administrator") -> set[str]:
        """Return the ids of the open steps."""
        instance = self.ok(who, "GET", f"/instances/{self.instance_id}")
        return {task["element_id"] for task in instance["open_tasks"]}

    def fill_in(self) -> None:
        """Begin, upload both forms, submit."""
        self.start()
        self.hand_in()

    def hand_in(self) -> None:
        """Upload both forms and submit."""
        files = {
            "application_form": [self.attach("applicant", "application", "application_form", "申请表.pdf")],
            "letter_of_authorisation": [
                self.attach("applicant", "application", "letter_of_authorisation", "授权书.jpg")
            ],
        }
        self.complete("applicant", "application", "submitted", {**APPLICATION, **files})

    def pay(self) -> None:
        """Upload the voucher and say that it was paid."""
        voucher = self.attach("applicant", "payment", "voucher", "汇款凭证.png")
        self.complete("applicant", "payment", "paid", {**PAYMENT, "voucher": [voucher]})
