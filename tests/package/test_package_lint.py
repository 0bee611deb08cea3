"""Every fault of a package is a finding with its place; nothing that a file holds ends in another error."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_batches import BATCHES
from broken_packages import CAST, CORPUS, MANIFEST, PRICES, PROCESS, STORY, Files, replaced
from broken_watermarks import LIST, WATERMARKS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junk import JUNK

from workflows.packages import PackageRefused, findings_of, lint_package, lint_path, load_package, read_folder

BROKEN = (*CORPUS, *BATCHES, *WATERMARKS)


def test_the_certificate_package_is_deployable(sound: Files) -> None:
    assert findings_of(lint_package(sound)) == ""
    package = load_package(sound)
    assert package.manifest.starter_lane == "applicant"
    assert load_package(dict(sound)) is package


@pytest.mark.parametrize(
    ("change", "file", "rule"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_it_is_refused_with_a_finding(
    files: Files, change: Callable[[Files], None], file: str, rule: str
) -> None:
    change(files)
    findings = lint_package(files)
    assert (file, rule) in {(one.file, one.rule) for one in findings}, findings_of(findings)
    assert all(one.message.endswith((".", "?", "!")) or one.message for one in findings)
    with pytest.raises(PackageRefused):
        load_package(files)


@pytest.mark.parametrize(
    ("path", "old", "new", "line_holds"),
    [
        (MANIFEST, 'kind = "return"', 'kind = "maybe"', "[tasks.review]"),
        (STORY, 'verb = "claim"', 'verb = "grab"', "[[steps]]"),
        (PROCESS, 'value="payment.hold"', 'value="payment.vanish"', 'id="hold"'),
        (MANIFEST, LIST, 'watermark = ["application.company", ', "watermark ="),
        (PRICES, "line.years", "line.colour", "line.colour"),
    ],
)
def test_a_finding_names_the_line(files: Files, path: str, old: str, new: str, line_holds: str) -> None:
    replaced(path, old, new)(files)
    found = next(one for one in lint_package(files) if one.file == path)
    assert found.line is not None
    near = files[path].decode().splitlines()[max(0, found.line - 4) : found.line]
    assert any(line_holds in line for line in near), (found, near)


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_in_any_file_is_a_finding(sound: Files, junk: bytes) -> None:
    for path in sound:
        if path.startswith(("documents/", "README")) or (
            path.startswith("scenarios/") and path not in (CAST, STORY)
        ):
            continue
        findings = lint_package({**sound, path: junk})
        assert any(one.file == path for one in findings) or path.startswith("scenarios/"), (
            path,
            findings_of(findings),
        )
        assert findings


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cutting_and_flipping_never_ends_in_another_error(sound: Files, data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(sorted(path for path in sound if not path.startswith(("documents/", "README"))))
    )
    content = bytearray(sound[path])
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["cut", "flip", "drop"]))
    if how == "cut":
        content = content[:at]
    elif how == "flip":
        content[at] = data.draw(st.integers(0, 255))
    else:
        del content[at : at + data.draw(st.integers(1, 200))]
    lint_package({**sound, path: bytes(content)})


def test_every_rule_is_tested_or_shown_in_the_guide() -> None:
    """The rules of this part of lint, as the source names them, are in docs/lint.md."""
    root = Path(__file__).parents[2]
    source = [*(root / "workflows/packages").glob("*.py"), root / "workflows/scenarios/check.py"]
    source += [root / "workflows/scenarios/loading.py", root / "workflows/reading.py"]
    named = {
        rule
        for path in source
        for rule in re.findall(r'"([a-z]+(?:_[a-z]+)+)",\s+(?:f"|"[A-Z\']|message)', path.read_text())
    }
    guide = (root / "docs/lint.md").read_text()
    assert len(named) > 30
    assert {rule for rule in named if f"`{rule}`" not in guide and not rule.startswith("step_")} == set()


def test_too_many_and_too_large_files_are_refused(sound: Files) -> None:
    many = sound | {f"documents/{number}.pdf": b"x" for number in range(400)}
    large = sound | {"documents/large.pdf": bytes(21 * 1024 * 1024)}
    for files in (many, large):
        assert [one.rule for one in lint_package(files)] == ["package_too_large"]


def test_a_folder_is_read_without_hidden_files_and_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "manifest.toml").write_text("key = 1")
    assert sorted(read_folder(tmp_path)) == ["manifest.toml"]
    (tmp_path / "process.bpmn").symlink_to("/etc/passwd")
    assert [one.rule for one in lint_path(tmp_path)] == ["file_link"]


def test_special_files_are_refused_without_reading_them(tmp_path: Path, sound: Files) -> None:
    os.mkfifo(tmp_path / "manifest.toml")
    assert [one.rule for one in lint_path(tmp_path)] == ["file_link"]
    for special in (tmp_path / "manifest.toml", Path("/dev/zero")):
        with pytest.raises(OSError, match="neither a file nor a folder"):
            lint_path(special)


def test_a_name_that_is_not_utf_8_is_refused_in_print(tmp_path: Path, sound: Files) -> None:
    (tmp_path / os.fsdecode(b"\xff\xfe.bpmn")).write_bytes(b"x")
    findings = lint_path(tmp_path)
    assert "file_unknown" in {one.rule for one in findings}
    findings_of(findings).encode()
    with pytest.raises(PackageRefused):
        load_package({**sound, "\udcff": b"x"})


def test_a_lone_drawing_is_judged_by_the_model_alone(tmp_path: Path, sound: Files) -> None:
    drawing = tmp_path / "draft.bpmn"
    drawing.write_bytes(sound[PROCESS])
    assert lint_path(drawing) == []
    drawing.write_bytes(b"\x89PNG\r\n")
    assert lint_path(drawing)


def test_a_path_that_is_not_there_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lint_path(tmp_path / "nothing")
