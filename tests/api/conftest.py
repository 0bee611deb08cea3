"""The web application over a real database and object store, and the cast that uses it."""

from collections.abc import Iterator

import pytest
from cast import Cast, make_cast
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey

from config.settings import Settings
from service.app import create_app
from storage.db import db
from storage.documents import Documents
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import build
from workflows import deployed
from workflows.queries import stepper

ON_BOTH_DATABASES = (
    "test_an_application_goes_from_begin_to_delivery",
    "test_any_request_is_answered",
    "test_any_answers_are_judged",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most rules of the web layer do not depend on the database: those tests run on SQLite alone."""
    for item in list(items):
        if (
            "/tests/api/" in str(item.path)
            and "postgresql" in item.name
            and not item.name.startswith(ON_BOTH_DATABASES)
        ):
            items.remove(item)


@pytest.fixture
def app(settings: Settings, clock: FixedClock, ids: SeededIds, documents: Documents) -> Iterator[Flask]:
    """The whole application. The ids come from a seed, so what was read of another test's versions is forgotten."""
    deployed._kept.clear()
    stepper._kept.clear()
    app = create_app(settings, clock=clock, ids=ids)
    app.extensions["zhupi"]["documents"] = documents
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask, settings: Settings, clock: FixedClock, ids: SeededIds, documents: Documents) -> Cast:
    """Everybody who uses the house, with a token each."""
    with app.app_context():
        return make_cast(build(settings, clock=clock, ids=ids, documents=documents), settings)


@pytest.fixture
def journey(client: FlaskClient, cast: Cast) -> Journey:
    """An application that was handed in."""
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    return journey


@pytest.fixture
def pool(client: FlaskClient, cast: Cast) -> dict[str, list[str]]:
    """Ids that exist, by the name of the path parameter."""
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    review = journey.task("administrator", "review")["id"]
    case = journey.instance_id
    journey.start()
    draft = journey.task("applicant", "application")["id"]
    file = journey.attach("applicant", "application", "application_form", "申请表.pdf")
    return {
        "instance_id": [case, journey.instance_id],
        "task_id": [review, draft],
        "attachment_id": [file],
        "account_id": [str(cast["neighbour"].account_id)],
        "organisation_id": [str(cast.organisations["neighbour"])],
        "group_id": [str(cast.groups["other_group"])],
        "register": ["issued_keys"],
        "process_key": ["certificate_issuance"],
        "lane": ["finance"],
    }
