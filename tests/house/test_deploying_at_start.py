"""What a start deploys: packages in the order of their calls, callers anew when what they call is new, else nothing."""

from pathlib import Path

import pytest
from calling import opinion_files, purchase_files
from drawing import Files, draw, translated
from sqlalchemy import select
from sqlalchemy.orm import aliased

from config.settings import Settings
from service.prepare import prepare
from storage.actor import SYSTEM
from storage.db import db
from storage.models import Definition, DefinitionCall
from storage.unit_of_work import build
from workflows.commands.packages import deploy_package, find_newest
from workflows.packages import load_package

pytestmark = pytest.mark.usefixtures("app_context")


def write(folder: Path, files: Files) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both packages; by name the called one does not come first."""
    write(tmp_path / "opinion", opinion_files())
    write(tmp_path / "purchase", purchase_files({"opinion": load_package(opinion_files())}.get))
    write(tmp_path / "aaa", _caller_of_purchase())
    return tmp_path


def _caller_of_purchase() -> Files:
    nodes = "start a @applicant\nuser apply @applicant | form=apply\ncall b @applicant | calls=purchase\nend c @applicant\n"
    manifest = """
key = "aaa"
title = "大采购"
summary = "大采购"
owner = "组"
number = "DC-{serial}"
lanes.applicant.starter = true
tasks.apply.outcomes = [{ key = "submitted", title = "提交", kind = "submit" }]
"""
    opinion = load_package(opinion_files())
    purchase = load_package(purchase_files({"opinion": opinion}.get), {"opinion": opinion}.get)
    form = purchase.files["forms/apply.json"]
    files = {
        "process.bpmn": draw("aaa", nodes, "a -> apply\napply -> b\nb -> c"),
        "forms/apply.json": form,
        "manifest.toml": manifest.encode(),
    }
    return translated(files, {"purchase": purchase}.get)


def bound() -> list[tuple[str, int, str, int]]:
    """Return every version with what it is bound to."""
    db.session.rollback()
    called = aliased(Definition)
    rows = db.session.execute(
        select(Definition.process_key, Definition.version, called.process_key, called.version)
        .outerjoin(DefinitionCall, DefinitionCall.definition_id == Definition.id)
        .outerjoin(called, called.id == DefinitionCall.called_id)
        .order_by(Definition.process_key, Definition.version)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


FIRST = [("aaa", 1, "purchase", 1), ("opinion", 1, None, None), ("purchase", 1, "opinion", 1)]


def test_packages_are_deployed_in_the_order_of_their_calls_and_only_once(settings: Settings, folder: Path) -> None:
    for _ in range(2):
        prepare(settings, folder)
        assert bound() == FIRST


def test_a_new_version_of_what_is_called_takes_its_callers_along(settings: Settings, folder: Path) -> None:
    prepare(settings, folder)
    write(folder / "opinion", opinion_files(words="（新）"))
    for _ in range(2):
        prepare(settings, folder)
        assert bound() == [
            ("aaa", 1, "purchase", 1),
            ("aaa", 2, "purchase", 2),
            ("opinion", 1, None, None),
            ("opinion", 2, None, None),
            ("purchase", 1, "opinion", 1),
            ("purchase", 2, "opinion", 2),
        ]


def test_a_start_does_not_bind_anew_because_somebody_published_another_version(settings: Settings, folder: Path) -> None:
    prepare(settings, folder)
    uow = build(settings)
    deploy_package(uow, SYSTEM, opinion_files(words="（新）"))
    prepare(settings, folder)
    assert [row for row in bound() if row[0] != "opinion"] == [row for row in FIRST if row[0] != "opinion"]
    deploy_package(uow, SYSTEM, purchase_files(find_newest(db.session)))
    prepare(settings, folder)
    assert ("purchase", 2, "opinion", 2) in bound()
    assert not any(row[:2] == ("purchase", 3) for row in bound())


def test_a_package_that_calls_in_a_circle_keeps_no_start_from_happening(
    settings: Settings, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = (folder / "aaa/process.bpmn").read_bytes()
    (folder / "aaa/process.bpmn").write_bytes(drawing.replace(b'calledElement="purchase"', b'calledElement="aaa"'))
    prepare(settings, folder)
    assert [row[0] for row in bound()] == ["opinion", "purchase"]
    assert "bpmn/aaa is not deployable" in capsys.readouterr().err
