"""Rows that are people, over HTTP: the id that a draft gives a row comes back with it."""

from typing import Any

import pytest
from cast import Cast
from crew import ANN, BAO, with_crew
from flask import Flask
from flask.testing import FlaskClient
from journey import PACKAGE, Journey

from config.settings import Settings
from storage.actor import SYSTEM
from storage.unit_of_work import build
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder


@pytest.fixture
def crewed(app: Flask, client: FlaskClient, cast: Cast, settings: Settings) -> Journey:
    """An application whose form lists people."""
    journey = Journey(client, cast)
    journey.prepare()
    with app.app_context():
        deploy_package(build(settings), SYSTEM, with_crew(read_folder(PACKAGE)))
    journey.start()
    return journey


def test_a_row_keeps_its_id_through_drafts_and_a_wrong_one_is_a_fault_of_its_row(crewed: Journey) -> None:
    path = f"/tasks/{crewed.task('applicant', 'application')['id']}"

    def save(revision: int, *crew: Any) -> list[dict[str, Any]]:
        sent = {"answers": {"crew": list(crew)}, "revision": revision}
        kept = crewed.ok("applicant", "PUT", f"{path}/draft", json=sent)
        return list(kept["answers"]["crew"])

    ann, bao = save(0, ANN, BAO)
    assert save(1, bao, {**ann, "name": "安"}) == [bao, {**ann, "name": "安"}]
    assert crewed.ok("applicant", "GET", path)["draft"]["answers"]["crew"][0] == bao
    wrong = {"answers": {"crew": [{**ANN, "_row": str(crewed.instance_id)}]}, "revision": 2}
    refused = crewed.call("applicant", "PUT", f"{path}/draft", json=wrong)
    assert refused.status_code == 422
    assert [one["code"] for one in refused.json["errors"]["crew[0]._row"]] == ["row_unknown"]  # type: ignore[index]
