"""`zhupi demo`: people and applications in every state, made by the real commands, in a folder of their own."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from houses import ROOT, House
from sqlalchemy import func, select

from config.settings import load_settings
from storage.chain import instance_stream
from storage.database import init_database
from storage.db import db
from storage.models import Account, AccountRole, Attachment, Instance, LaneBinding, SetupToken, Task
from storage.unit_of_work import build
from workflows.commands.sessions import sign_in


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    running = House(tmp_path_factory.mktemp("demo") / "data", verb="demo").start().ready(180)
    yield running
    running.end()


@pytest.fixture
def uow(demo: House):
    settings = load_settings({"ZHUPI_DATA": str(demo.data)})
    app = Flask("demo")
    init_database(app, settings)
    with app.app_context():
        yield build(settings)


def test_there_are_applications_in_every_state(uow):
    ended = dict(db.session.execute(select(Instance.outcome, func.count()).where(Instance.status != "active").group_by(Instance.outcome)).all())
    assert set(ended) == {"delivered", "rejected", "withdrawn", "cancelled"}
    waiting = set(db.session.scalars(select(Task.element_id).where(Task.status == "open")))
    late = {"explain_delay"}  # the worker of the demo opens it where production is late by the calendar of today
    assert waiting - late == {
        "application", "review", "payment", "exception_review", "held_payment",
        "payment_confirmation", "invoice", "key_production", "shipment", "delivery",
    }  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(Instance)) >= 40


def test_every_role_has_somebody_and_every_lane_a_group(uow):
    roles = set(db.session.scalars(select(AccountRole.role)))
    assert roles == {"administrator", "process_owner", "auditor", "operator"}
    lanes = set(db.session.scalars(select(LaneBinding.lane)))
    assert lanes == {"review_agent", "customer_service", "finance", "production", "shipping"}


def test_every_journal_verifies(uow):
    for instance in db.session.scalars(select(Instance)).all():
        assert uow.journal.verify(instance_stream(instance)).ok


def test_every_file_is_in_the_object_store(uow):
    keys = db.session.scalars(select(Attachment.object_key).where(Attachment.status == "committed")).all()
    assert len(keys) > 60
    for key in keys[::10]:
        with uow.documents.open(key) as opened:
            assert opened.read(4) in (b"%PDF", b"\x89PNG")


def test_the_passwords_are_printed_once_and_let_people_in(demo: House, uow):
    printed = dict(re.findall(r"^  ([a-z]+\d?) +(\S{12,}) ", demo.said().partition("passwords;")[2], re.MULTILINE))
    assert len(printed) == db.session.scalar(select(func.count()).select_from(Account))
    assert sign_in(uow, "maple1", printed["maple1"], "127.0.0.1").token
    kept = [path for path in demo.data.rglob("*") if path.is_file() and printed["admin"].encode() in path.read_bytes()]
    assert kept == []


def test_a_demo_offers_no_set_up(demo: House, uow):
    assert "set-up token" not in demo.said()
    assert all(token.used_at for token in db.session.scalars(select(SetupToken)))


def test_the_walk_over_http_from_the_readme_arrives(demo: House):
    done = subprocess.run(
        ["docs/one-application.sh"],
        cwd=ROOT,
        env={**os.environ, "ZHUPI_DATA": str(demo.data), "ZHUPI_PORT": str(demo.port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == ["completed", "the chain is intact"]


def test_a_second_start_makes_nothing_and_shows_no_password(demo: House):
    before = (demo.data / "demo").read_text()
    demo.end()
    again = House(demo.data, verb="demo", port=demo.port).start().ready()
    demo.process, demo.log = again.process, again.log
    assert "passwords" not in again.said()
    assert (demo.data / "demo").read_text() == before == "filled\n"


def test_a_folder_with_other_data_is_refused(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zhupi.sqlite").write_bytes(b"something real")
    refused = House(tmp_path / "data", verb="demo").start()
    assert refused.process is not None
    assert refused.process.wait(30) == 2
    assert "holds data that is no demo" in refused.said()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["zhupi.sqlite"]


def test_half_a_demo_is_refused(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").write_text("being filled\n")
    refused = House(tmp_path / "data", verb="demo").start()
    assert refused.process is not None
    assert refused.process.wait(30) == 2
    assert "was not finished" in refused.said()
