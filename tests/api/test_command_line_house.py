"""The commands of `zhupi` that work on an installation: people, tokens, packages, journals."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cast import TEST_SECRETS, Cast
from flask.testing import FlaskClient
from journey import Journey
from terminal import Done, run

from config.settings import Settings

Zhupi = Callable[..., Done]


@pytest.fixture
def zhupi(tmp_path: Path, migrated_file: Path) -> Zhupi:
    """The command line on an installation of its own."""
    from config.settings import make_secrets

    make_secrets(tmp_path)
    shutil.copyfile(migrated_file, tmp_path / "zhupi.sqlite")

    def call(*arguments: str) -> Done:
        return run(*arguments, env={"ZHUPI_DATA": str(tmp_path)})

    return call


def test_a_user_and_a_token_are_made(zhupi: Zhupi) -> None:
    made = zhupi("user", "create", "lin_admin", "--name", "林晓枫", "--role", "administrator")
    assert made.returncode == 0, made.stderr
    assert len(made.stdout.strip()) == 16
    token = zhupi("token", "create", "lin_admin", "--days", "3")
    assert token.returncode == 0, token.stderr
    assert token.stdout.startswith("zp_")
    assert len(token.stdout.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "create", "x", "--name", "too short a name"),
        ("user", "create", "lin_admin", "--name", "林", "--role", "king"),
        ("user", "create", "lin_admin", "--name", "林", "--organisation", "nowhere"),
        ("token", "create", "nobody"),
        ("journal", "ZS-2026-999999"),
        ("journal", "00000000-0000-0000-0000-000000000000"),
        ("deploy", "README.md"),
    ],
)
def test_what_does_not_exist_is_said(zhupi: Zhupi, arguments: tuple[str, ...]) -> None:
    done = zhupi(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert "mistake in Zhupi" not in done.stderr


def test_a_package_is_deployed_once(zhupi: Zhupi) -> None:
    first, second = (zhupi("deploy", "bpmn/certificate_issuance", "--note", "first") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert "version 1" in first.stdout
    assert "deployed before" in second.stdout


def test_a_broken_package_is_not_deployed(zhupi: Zhupi, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "process.bpmn").write_text("<a/>")
    done = zhupi("deploy", str(broken))
    assert done.returncode == 1
    assert "process.bpmn" in done.stdout


def test_a_database_that_is_not_prepared_is_said(zhupi: Zhupi, tmp_path: Path) -> None:
    (tmp_path / "zhupi.sqlite").unlink()
    done = zhupi("journal", "x", "--json")
    assert done.returncode == 2
    assert "zhupi up" in json.loads(done.stdout)["error"]


def test_a_locked_away_database_is_said(zhupi: Zhupi, tmp_path: Path) -> None:
    (tmp_path / "zhupi.sqlite").write_bytes(b"this is no database, but long enough to be read as one" * 100)
    done = zhupi("journal", "x")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / "zhupi.sqlite").execute("SELECT * FROM event")


def test_a_journal_is_shown_by_number_and_its_damage_is_an_answer(
    client: FlaskClient, cast: Cast, settings: Settings
) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    number = journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")["number"]
    env = {**TEST_SECRETS, "ZHUPI_DATA": str(settings.data), "ZHUPI_DATABASE_URL": settings.database_url}
    shown = run("journal", number, env=env)
    assert shown.returncode == 0, shown.stderr
    assert "task.completed" in shown.stdout
    assert "青枫" not in shown.stdout
    assert json.loads(run("journal", journey.instance_id, "--json", env=env).stdout)["ok"] is True
    with sqlite3.connect(settings.data / "zhupi.sqlite") as connection:
        connection.execute(
            "UPDATE event SET body = CAST(replace(body, 'task.completed', 'task.cancelled') AS BLOB)"
        )
    connection.close()
    broken = run("journal", number, "--json", env=env)
    assert broken.returncode == 1
    found = json.loads(broken.stdout)
    assert found["ok"] is False
    assert found["first_bad_seq"] is not None
