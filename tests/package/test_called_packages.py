"""Packages that call each other: the folders beside one are what it calls, and scenarios walk through both."""

from pathlib import Path

import pytest
from calling import opinion_files, purchase_files
from calling_story import played
from drawing import Files, draw, translated

from service.scenarios import play_packages
from workflows.engine import Finding
from workflows.packages import called_first, find_beside, lint_path, load_package


def write(folder: Path, files: Files) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with both packages."""
    opinion = write(tmp_path / "opinion", opinion_files())
    write(tmp_path / "purchase", played({"opinion": load_package(opinion_files())}.get))
    assert opinion.is_dir()
    return tmp_path


def rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def link(key: str, called: str | None) -> Files:
    """Return a package whose only step after the start is a call, or nothing."""
    nodes = "start a @applicant\n" + (f"call b @applicant | calls={called}\n" if called else "") + "end c @applicant\n"
    flows = "a -> b\nb -> c" if called else "a -> c"
    manifest = f'key = "{key}"\ntitle = "环"\nsummary = "环"\nowner = "环"\ncallable_only = true\nlanes.applicant.starter = true\n'
    return {"process.bpmn": draw(key, nodes, flows), "manifest.toml": manifest.encode(), "i18n/en.toml": b""}


def chain(folder: Path, length: int) -> Path:
    """Write packages k1 … that call each other, the last of them nothing; return the first."""
    find = None
    for number in range(length, 0, -1):
        files = link(f"k{number}", f"k{number + 1}" if number < length else None)
        beside = find_beside(folder / f"k{number}")
        write(folder / f"k{number}", translated(files, beside))
        find = beside
    assert find is not None
    return folder / "k1"


def test_a_package_is_checked_with_those_beside_it(folder: Path) -> None:
    assert lint_path(folder / "purchase") == []
    assert lint_path(folder / "opinion") == []


def test_a_package_that_calls_what_is_not_beside_it_is_refused(folder: Path) -> None:
    (folder / "opinion").rename(folder / "other")
    assert rules(lint_path(folder / "purchase")) == {"call_unknown"}


def test_a_package_that_calls_a_broken_one_says_which(folder: Path) -> None:
    (folder / "opinion/forms/second.json").unlink()
    found = lint_path(folder / "purchase")
    assert rules(found) == {"call_refused"}
    assert "opinion" in found[0].message
    assert found[0].line is not None


def test_a_folder_that_holds_another_process_than_its_name_is_not_called(folder: Path) -> None:
    manifest = folder / "opinion/manifest.toml"
    drawing = folder / "opinion/process.bpmn"
    manifest.write_text(manifest.read_text().replace('key = "opinion"', 'key = "advice"'))
    drawing.write_text(drawing.read_text().replace('<bpmn:process id="opinion"', '<bpmn:process id="advice"'))
    found = lint_path(folder / "purchase")
    assert rules(found) == {"call_refused"}
    assert "advice" in found[0].message


def test_calls_in_a_circle_are_named_from_whichever_side(tmp_path: Path) -> None:
    for one, other in (("k1", "k2"), ("k2", "k3"), ("k3", "k1"), ("k4", "k4")):
        write(tmp_path / one, link(one, other))
    for key in ("k1", "k2", "k3", "k4"):
        assert rules(lint_path(tmp_path / key)) == {"call_cycle"}, key


def test_five_calls_in_each_other_are_allowed_and_no_sixth(tmp_path: Path) -> None:
    first = chain(tmp_path, 6)
    assert lint_path(first) == []
    deepest = load_package({path.relative_to(first).as_posix(): path.read_bytes() for path in first.rglob("*") if path.is_file()}, find_beside(first))
    assert "b.b.b.b.b.c" in deepest.definition.elements
    assert deepest.at("b.b.b.b.b.c")[0].key == "k6"
    write(tmp_path / "k0", link("k0", "k1"))
    assert rules(lint_path(tmp_path / "k0")) == {"calls_too_deep"}


def test_a_very_long_chain_of_folders_ends_with_a_sentence(tmp_path: Path) -> None:
    for number in range(60):
        write(tmp_path / f"k{number}", link(f"k{number}", f"k{number + 1}"))
    assert rules(lint_path(tmp_path / "k0")) == {"calls_too_deep"}
    assert len(called_first(tmp_path.iterdir())) == 60


def test_what_is_called_comes_before_its_callers(folder: Path) -> None:
    write(folder / "aaa", link("aaa", "purchase"))
    assert [path.name for path in called_first(folder.iterdir())] == ["opinion", "purchase", "aaa"]


def test_the_content_of_a_caller_is_also_what_it_calls() -> None:
    first, second = load_package(opinion_files()), load_package(opinion_files(words="二"))
    files = purchase_files({"opinion": first}.get)
    bound = [load_package(files, {"opinion": one}.get) for one in (first, second, first)]
    assert bound[0].sha256 == bound[2].sha256 != bound[1].sha256
    assert bound[1].calls["legal"].title == "征求意见二"


def test_only_what_a_caller_takes_leaves_the_forms_of_what_it_calls() -> None:
    called = load_package(opinion_files())
    files = purchase_files({"opinion": called}.get)
    drawn = files["process.bpmn"].replace(b'value="weigh.level"', b'value="second.points"')
    taking = load_package({**files, "process.bpmn": drawn}, {"opinion": called}.get)
    assert "second.points" not in called.control_paths
    assert "second.points" in taking.calls["legal"].control_paths
    assert "second.points" not in taking.calls["expert"].control_paths


def test_the_scenarios_of_a_caller_walk_through_what_it_calls(folder: Path) -> None:
    report = play_packages(folder=folder)
    assert report.notes == []
    assert report.good
    assert {row["scenario"] for row in report.rows} == {"good", "bad"}
    assert report.rows[0]["flows_total"] == len(load_package(opinion_files()).definition.flows) + 14
    assert report.rows[0]["rules_covered"] == report.rows[0]["rules_total"] == 2


def test_what_no_scenario_of_a_caller_walks_over_is_named_in_what_it_calls(folder: Path) -> None:
    for name in ("good", "bad"):
        path = folder / "purchase/scenarios" / f"{name}.toml"
        path.write_text(path.read_text().replace('remarks = [{ code = "A-1", text = "可以" }]', "").replace("registers = { opinions = 1 }\n", ""))
    report = play_packages(["purchase"], folder=folder)
    assert not report.good
    assert report.notes == ["purchase: no scenario walks over opinion.f11, opinion.f13"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("[lanes.opinion]\nreviewer", "[lanes.opinions]\nreviewer", "cast_lane"),
        ('head = ["pei"]', "", "cast_lane"),
        ("legal.explain", "legal.explains", "step_task"),
        ('outcome = "ask"', 'outcome = "once_more"', "outcome_unknown"),
    ],
)
def test_scenarios_speak_of_what_is_called_by_its_names(folder: Path, old: str, new: str, rule: str) -> None:
    for name in ("cast", "good"):
        path = folder / "purchase/scenarios" / f"{name}.toml"
        path.write_text(path.read_text().replace(old, new))
    assert rule in rules(lint_path(folder / "purchase"))
