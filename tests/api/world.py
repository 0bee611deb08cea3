"""A house with applications in it that can be put back to how it was before a request."""

import dataclasses
import io
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cast import Cast, begin_session, make_cast
from flask import Flask
from flask.testing import FlaskClient
from journey import ARRIVED, KEYS, Journey, package_zip
from matrix import BAD_TOKENS, Row
from werkzeug.test import TestResponse

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM
from storage.db import db
from storage.documents import Documents
from storage.models import (
    AccessToken,
    Attachment,
    Delivery,
    Incident,
    IssuedDocument,
    Notification,
    RegisterEntry,
)
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import UnitOfWork, build
from workflows.queries.actors import digest_of
from workflows.scenarios.files import sample_file
from workflows.subjects import APPLICANT, case_subject

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class World:
    """The application, its cast, three applications (in review, as a draft, with keys made), and a snapshot."""

    def __init__(self, settings: Settings, documents: Documents, clock: FixedClock) -> None:
        self.file = Path(settings.database_url.removeprefix("sqlite:///"))
        self.settings = dataclasses.replace(settings)
        self.app: Flask = create_app(settings, clock=clock, ids=SeededIds("world"))
        self.app.extensions["zhupi"]["documents"] = documents
        with self.app.app_context():
            uow = build(settings, clock=clock, ids=SeededIds("cast"), documents=documents)
            self.cast: Cast = make_cast(uow, settings)
            for key in ("applicant", "neighbour", "administrator"):
                begin_session(uow, self.cast[key], f"session-{key}")
        self.ids: dict[str, str] = {}
        self._applications()
        self.snapshot = self._read()

    def _applications(self) -> None:
        client = self.app.test_client()
        journey = Journey(client, self.cast)
        journey.prepare()
        journey.fill_in()
        journey.complete("review_agent", "review", "approved", {})
        journey.pay()
        journey.complete("finance", "payment_confirmation", "confirmed", ARRIVED)
        journey.complete("production", "key_production", "made", KEYS)
        journey.fill_in()
        self.ids["case"] = journey.instance_id
        self.ids["review_task"] = str(journey.task("administrator", "review")["id"])
        with self.app.app_context():
            committed = sa.select(Attachment.id).where(
                Attachment.instance_id == UUID(journey.instance_id), Attachment.status == "committed"
            )
            self.ids["committed_file"] = str(db.session.scalars(committed).first())
            self.ids["entry"] = str(db.session.scalars(sa.select(RegisterEntry.id)).first())
            self.ids["incident"] = str(_incident(UUID(journey.instance_id), build(self.settings, ids=SeededIds("incident"))))
            token = sa.select(AccessToken.id).where(
                AccessToken.token_sha256 == digest_of(self.cast["applicant"].token)
            )
            self.ids["token"] = str(db.session.scalar(token))
            self._notice(UUID(journey.instance_id), build(self.settings, ids=SeededIds("notice")))
            documents = self.app.extensions["zhupi"]["documents"]
            self.ids["paper"] = str(
                _paper(UUID(journey.instance_id), build(self.settings, ids=SeededIds("paper"), documents=documents))
            )
        journey.start()
        self.ids["draft_task"] = str(journey.task("applicant", "application")["id"])
        self.ids["held_file"] = journey.attach("applicant", "application", "application_form", "申请表.pdf")
        self.ids["account"] = str(self.cast["applicant"].account_id)
        self.ids["organisation"] = str(self.cast.organisations["applicant"])
        self.ids["agency"] = str(self.cast.organisations["agency"])
        self.ids["group"] = str(self.cast.groups["other_group"])

    def _notice(self, instance_id: UUID, uow: UnitOfWork) -> None:
        """Tell the reviewer of the case in review; the mail of it was given up."""
        reader = self.cast["review_agent"].account_id
        with uow.begin(SYSTEM):
            notice = Notification(
                id=uow.ids.new(), account_id=reader, organisation_id=self.cast.organisations["agency"],
                instance_id=instance_id, task_id=UUID(self.ids["review_task"]), kind="task_opened",
                about=self.ids["review_task"], in_app=True, created_at=uow.clock.now(),
            )  # fmt: skip
            uow.session.add(notice)
            uow.session.flush()
            delivery = Delivery(
                id=uow.ids.new(), notification_id=notice.id, account_id=reader, channel="mail", status="failed", tries=0,
                created_at=uow.clock.now(),
            )  # fmt: skip
            uow.session.add(delivery)
            self.ids |= {"notice": str(notice.id), "delivery": str(delivery.id)}

    def _read(self) -> bytes:
        self._close()
        return self.file.read_bytes()

    def _close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def restore(self) -> None:
        """Put the database back."""
        self._close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        self.file.write_bytes(self.snapshot)

    def ask(self, who: str, row: Row) -> TestResponse:
        """Send the request of a row as somebody."""
        client = self.app.test_client()
        headers = self._headers(client, who, row)
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: self._value(row.params[found[1]]), row.rule)
        options: dict[str, Any] = {}
        if row.json is not None:
            options["json"] = dict(row.json)
        if row.form is not None:
            options["data"] = self._form(row.form)
        return client.open(path, method=row.verb, headers=headers, **options)

    def _value(self, name: str) -> str:
        return self.ids.get(name, name)

    def _form(self, form: Mapping[str, Any]) -> dict[str, Any]:
        file = package_zip() if form == {"file": "FILE"} else sample_file("申请表.pdf")
        return {
            name: (io.BytesIO(file), "申请表.pdf") if value == "FILE" else self._value(value)
            for name, value in form.items()
        }

    def _headers(self, client: FlaskClient, who: str, row: Row) -> dict[str, str]:
        if who in BAD_TOKENS:
            return {"Authorization": f"Bearer zp_{who}"}
        if not who.startswith("session:") and who != "anonymous":
            return dict(self.cast[who].headers)
        if who.startswith("session:"):
            with client.session_transaction() as session:
                session["_user_id"] = "session-" + who.removeprefix("session:")
        if row.verb == "GET":
            return {}
        page = client.get("/login" if who == "anonymous" else "/account").get_data(as_text=True)
        token = CSRF.search(page)
        return {"X-CSRFToken": token[1] if token else ""}


def _paper(instance_id: UUID, uow: UnitOfWork) -> UUID:
    """Issue a receipt in the case in review, as the worker does."""
    content = b"%PDF-1.7 a receipt"
    with uow.begin(SYSTEM) as done:
        paper = IssuedDocument(
            id=uow.ids.new(), instance_id=instance_id, subject_id=case_subject(uow, instance_id, APPLICANT), kind="receipt",
            about_seq=2, number="ZS-2026-000002-02", language="en", object_key=uow.documents.keep(content),
            sha256=sha256(content).hexdigest(), size=len(content), event_seq=3, issued_at=uow.clock.now(),
        )  # fmt: skip
        uow.session.add(paper)
        return done(paper.id)


def _incident(instance_id: UUID, uow: UnitOfWork) -> UUID:
    """Open an incident about the case in review."""
    with uow.begin(SYSTEM) as done:
        incident = Incident(
            id=uow.ids.new(), instance_id=instance_id, kind="job_failed", message="x", opened_at=uow.clock.now()
        )
        uow.session.add(incident)
        return done(incident.id)
