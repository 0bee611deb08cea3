"""What holds for the source itself: where things may stand, and that what it names exists."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "storage", "workflows", "service")
SOURCES = (".py", ".html", ".js", ".css", ".toml", ".json", ".bpmn", ".dmn", ".po", ".md", ".cfg", ".yaml", "")
LONGEST = 350


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def lines_with(pattern: str, *patterns: str) -> Iterator[str]:
    for path in tracked(*patterns):
        if path.suffix not in SOURCES:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if re.search(pattern, line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"


def test_only_the_unit_of_work_commits():
    found = [line for line in lines_with(r"\.commit\(", "*.py") if not line.startswith(("storage/unit_of_work.py", "tests/"))]
    assert found == []


def test_only_the_settings_read_the_environment():
    allowed = ("config/settings.py", "config/bootstrap.py", "tests/")
    found = [line for line in lines_with(r"os\.environ|getenv", "*.py") if not line.startswith(allowed)]
    assert found == []


def test_the_top_level_names_belong_to_zhupi():
    for name in PACKAGES:
        assert Path(importlib.import_module(name).__file__ or "").parent == ROOT / name


def test_no_folder_of_tests_shadows_a_package():
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert not folders & {*PACKAGES, "bpmn"}


def test_processes_are_data_and_no_python():
    assert tracked("bpmn/*.py") == []


def test_nothing_has_a_name_that_says_nothing():
    empty = r"(^|/)(utils?|helpers?|managers?|misc|common)(\.[a-z]+)?$"
    assert [str(path) for path in tracked() if re.search(empty, str(path.relative_to(ROOT)))] == []
    classes = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in tracked(*(f"{name}/*.py" for name in PACKAGES))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and re.search("(Service|Manager|Helper)$", node.name)
    ]
    assert classes == []


def test_no_machine_and_no_registry_is_named():
    # Put together here, so that this file does not find itself.
    words = ["/wor" + "k/", "/roo" + "t/", "/ho" + "me/[a-z]", "py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(org|com)"]
    found = [line for line in lines_with("|".join(words)) if not line.startswith("LICENSE")]
    assert found == []


def test_no_file_has_grown_past_its_noun():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked("*.py", "service/ui/*.js", "service/templates/*")
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def documented(name: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / "docs" / name).read_text(), re.MULTILINE))


def test_every_requirement_that_the_source_names_is_documented():
    known = documented("requirements.md", r"^\| ([KRQA]\d+[a-z]?) \|")
    assert len(known) > 80
    named = {
        (word, line.partition(": ")[0])
        for line in lines_with(r"\b[KRQ]\d{1,2}[a-z]?\b", "*.py", "*.html", "bpmn/*.toml", "docs/*.md")
        for word in re.findall(r"\b[KRQ]\d{1,2}[a-z]?\b", line)
    }
    assert {(word, where) for word, where in named if word not in known} == set()


def test_every_engine_rule_that_the_source_names_is_documented():
    known = documented("engine.md", r"^\*\*Rule (\d+)\.")
    assert known == {str(number) for number in range(1, 18)}
    named = {
        (number, line.partition(": ")[0])
        for line in lines_with(r"\b[Rr]ules? \d+", "*.py", "*.html", "bpmn/*.toml")
        for number in re.findall(r"\b[Rr]ules? (\d+)", line)
    }
    assert {(number, where) for number, where in named if number not in known} == set()


@pytest.mark.parametrize("document", [*sorted(path.name for path in ROOT.glob("*.md")), "docs"])
def test_every_link_between_the_documents_leads_somewhere(document: str):
    pages = [ROOT / document] if document != "docs" else sorted((ROOT / "docs").rglob("*.md"))
    broken = [
        f"{source.relative_to(ROOT)}: {target}"
        for source in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", source.read_text())
        if "://" not in target and not (source.parent / target).exists()
    ]
    assert broken == []
