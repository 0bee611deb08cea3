"""The contract of `zhupi`: one document, three exit statuses, never a traceback."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from terminal import ROOT, run, spawn

from service.cli import zhupi


def test_help_answers_at_once_and_names_every_command() -> None:
    began = time.monotonic()
    done = spawn("--help")
    assert time.monotonic() - began < 2
    assert done.returncode == 0
    for command in (
        "up",
        "serve",
        "worker",
        "demo",
        "deploy",
        "lint",
        "scenarios",
        "check-file",
        "journal",
        "replay",
        "token",
        "user",
    ):
        assert command in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, service.cli; print([m for m in ('flask', 'sqlalchemy', 'SpiffWorkflow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command", ["up", "serve", "worker", "demo", "deploy", "lint", "scenarios", "check-file", "journal", "replay"]
)
def test_every_command_explains_itself(command: str) -> None:
    done = CliRunner().invoke(zhupi, [command, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",), ("lint",), ("lint", "/no/such/path"), ("check-file", "/no/such/file"),
        ("check-file", "README.md", "--max", "big"), ("scenarios", "no_such_package"),
    ],
)  # fmt: skip
def test_what_cannot_run_exits_2_with_a_sentence(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_without_configuration_the_database_commands_say_what_is_missing(tmp_path: Path) -> None:
    for arguments in (
        ("journal", "ZS-2026-000001"),
        ("replay", "ZS-2026-000001", "--json"),
        ("token", "create", "somebody"),
        ("deploy", "bpmn/certificate_issuance"),
    ):
        done = run(*arguments, env={"ZHUPI_DATA": str(tmp_path)})
        assert done.returncode == 2
        assert "ZHUPI_" in done.stderr
        assert "Traceback" not in done.stderr


def test_lint_answers_with_one_document(tmp_path: Path) -> None:
    drawing = tmp_path / "broken.bpmn"
    drawing.write_text("<definitions>", "utf-8")
    done = spawn("lint", str(drawing), "--json")
    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert findings
    assert set(findings[0]) == {"file", "element", "line", "rule", "message"}
    assert findings[0]["file"] == str(drawing)


def test_the_package_of_the_house_is_deployable() -> None:
    done = run("lint", "bpmn/certificate_issuance", "--json")
    assert json.loads(done.stdout) == []
    assert done.returncode == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"\xff\xfe<\x00", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"<a>" * 100_000],
)
def test_lint_never_shows_a_traceback(tmp_path: Path, content: bytes) -> None:
    drawing = tmp_path / "hostile.bpmn"
    drawing.write_bytes(content)
    done = run("lint", str(drawing))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_even_a_failed_command_writes_one_document(tmp_path: Path) -> None:
    done = run("lint", str(tmp_path / "missing"), "--json")
    assert done.returncode == 2
    assert set(json.loads(done.stdout)) == {"error"}


def test_check_file_says_why_in_one_line(tmp_path: Path) -> None:
    renamed = tmp_path / "scan.pdf"
    renamed.write_bytes(b"MZ this is no PDF")
    done = run("check-file", str(renamed), "--types", "pdf,jpg", "--max", "20MiB")
    assert done.returncode == 1
    assert len(done.stdout.strip().splitlines()) == 1
    assert "error." not in done.stdout
    large = run("check-file", str(renamed), "--types", "pdf", "--max", "5B")
    assert large.returncode == 1


def test_check_file_waits_for_no_pipe_and_knows_its_types(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    for arguments in (
        (str(pipe),),
        (str(tmp_path),),
        ("README.md", "--types", "exe"),
        ("README.md", "--types", ","),
    ):
        done = run("check-file", *arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.strip()


def test_check_file_accepts_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "seal.jpg"
    Image.new("RGB", (20, 20), "red").save(picture)
    done = run("check-file", str(picture))
    assert done.returncode == 0
    assert done.stdout.startswith("image/jpeg")
