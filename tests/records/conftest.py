"""A case for the records: an organisation, a definition, an instance with one open task."""

from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

import pytest

from storage.actor import SYSTEM, Actor
from storage.chain import GENESIS
from storage.models import Account, Definition, Instance, Organisation, Task
from storage.state import put_state

STEP = SimpleNamespace(
    facts={"today": None}, trail=[{"kind": "entered", "element_id": "apply"}], marking=[{"element": "apply", "round": 1}],
    digest="d" * 64, engine_version="3.2.0", codec_version=1, seed="seed",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Ids of what was made; the applicant is an account of the organisation."""

    organisation: UUID
    definition: UUID
    instance: UUID
    task: UUID
    applicant: Actor


@pytest.fixture
def case(uow, ids, clock) -> Case:
    made = Case(ids.new(), ids.new(), ids.new(), ids.new(), Actor(ids.new()))
    now = clock.now()
    with uow.begin(SYSTEM):
        session = uow.session
        subject = uow.personal.new_subject("account")
        session.add(Organisation(id=made.organisation, name="青禾电力", created_at=now))
        session.add(
            Account(
                id=made.applicant.account_id, username="applicant", password_hash="x", subject_id=subject,
                created_at=now,
            )
        )  # fmt: skip
        session.add(
            Definition(
                id=made.definition, process_key="issue", version=1, sha256="0" * 64, title="发证", deployed_at=now
            )
        )
        session.flush()
        instance = Instance(
            id=made.instance, number="T-1", process_key="issue", definition_id=made.definition,
            organisation_id=made.organisation, status="active", state=b"", state_version=0, state_sha256="",
            journal_seq=0, journal_hash=GENESIS, created_at=now,
        )  # fmt: skip
        session.add(instance)
        put_state(instance, b"the state of the engine, of some length, opaque")
        session.flush()
        session.add(
            Task(
                id=made.task, instance_id=made.instance, key="apply:1", process_key="issue", element_id="apply", lane="applicant", round=1,
                organisation_id=made.organisation, status="open", created_at=now, version=1,
            )
        )  # fmt: skip
        session.flush()
        uow.journal.record("instance.started", instance=instance, step=STEP, inputs={"outcome": None})
    return made


@pytest.fixture
def step() -> SimpleNamespace:
    """What the engine would leave for the journal."""
    return STEP
