"""Scenarios are played through the real commands, and they notice when the process changes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stdnum import luhn
from stdnum.cn import uscc

from service.scenarios import UnknownPackage, play_packages
from storage.filecheck import check_file
from workflows.packages import load_package
from workflows.scenarios.run import Report, scenarios_of

CERTIFICATES = Path(__file__).parents[2] / "bpmn" / "certificate_issuance"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def report(temporary: Path) -> Iterator[Report]:
    """One run over the package as it is, with a folder for temporary files of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        yield play_packages(["certificate_issuance"])


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """One run over three packages, each with one scenario under a new name and one thing changed."""
    folder = tmp_path_factory.mktemp("bpmn")
    variant(folder, "dearer", "bundle_price", "decisions/key_price.dmn", "600", "610")
    variant(
        folder,
        "crowded",
        "single_key",
        "scenarios/crowded.toml",
        'task = "payment", lane = "applicant"',
        'task = "payment", lane = "finance"',
    )
    variant(folder, "plain", "straight_through", "manifest.toml", "业务组", "业务处")
    variant(
        folder, "otherwise", "rejected", "scenarios/otherwise.toml", '"invalid_form"', '"unknown_outcome"'
    )
    variant(
        folder,
        "strict",
        "single_key",
        "scenarios/strict.toml",
        'outcome = "approved"',
        'outcome = "approved"\nrefused = "not_allowed"',
    )
    variant(
        folder, "elsewhere", "own_application", "scenarios/elsewhere.toml", '"applicant_side"', '"not_found"'
    )
    variant(
        folder,
        "misplaced",
        "exception_refused",
        "scenarios/misplaced.toml",
        'fields = ["opinion"]',
        'fields = ["reason"]',
    )
    variant(folder, "hasty", "production_overdue", "process.bpmn", ">P3D<", ">P4D<")
    return play_packages(folder=folder)


def variant(folder: Path, name: str, scenario: str, path: str, old: str, new: str) -> None:
    target = folder / name
    shutil.copytree(CERTIFICATES, target)
    for file in (target / "scenarios").iterdir():
        if file.stem == scenario:
            file.rename(file.with_stem(name))
        elif file.stem != "cast":
            file.unlink()
    text = (target / path).read_text()
    assert old in text
    (target / path).write_text(text.replace(old, new))


def test_all_scenarios_of_the_certificate_package_pass(report: Report) -> None:
    assert report.notes == []
    assert report.good
    assert len(report.rows) >= 37


def test_they_walk_over_every_flow_and_every_rule(report: Report) -> None:
    row = report.rows[0]
    assert (row["flows_covered"], row["rules_covered"]) == (row["flows_total"], row["rules_total"]) == (39, 6)
    assert row["boundary_covered"] == row["boundary_total"] == 3
    shared = {key: value for key, value in row.items() if key.endswith(("covered", "total"))}
    assert all(other.items() >= shared.items() for other in report.rows)
    assert list(row) == [
        "package", "scenario", "passed", "steps", "flows_covered", "flows_total", "boundary_covered",
        "boundary_total", "rules_covered", "rules_total",
    ]  # fmt: skip


def test_nothing_of_a_run_is_left_behind(report: Report, temporary: Path) -> None:
    assert report.rows
    assert list(temporary.iterdir()) == []


def test_a_changed_price_breaks_a_scenario(changed: Report) -> None:
    assert not changed.good
    row = next(row for row in changed.rows if row["scenario"] == "dearer")
    assert not row["passed"]
    assert any("dearer" in note and "1220.00" in note and "1200.00" in note for note in changed.notes)


def test_another_lane_than_written_breaks_a_scenario(changed: Report) -> None:
    row = next(row for row in changed.rows if row["scenario"] == "crowded")
    assert not row["passed"]
    assert any(
        "expected ['payment for finance'], found ['payment for applicant']" in note for note in changed.notes
    )


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        ("otherwise", "refused with invalid_form, expected unknown_outcome"),
        ("strict", "expected the refusal not_allowed, but it went through"),
        ("elsewhere", "refused with applicant_side, expected not_found"),
        ("misplaced", "the invalid form names ['opinion'], expected ['reason']"),
    ],
)
def test_a_refusal_is_compared_by_its_code_and_fields(changed: Report, scenario: str, why: str) -> None:
    assert any(f"/{scenario}: step" in note and why in note for note in changed.notes), changed.notes


def test_a_flow_that_no_scenario_walks_over_is_named(changed: Report) -> None:
    row = next(row for row in changed.rows if row["scenario"] == "plain")
    assert row["passed"]
    assert row["flows_covered"] < row["flows_total"]
    assert any("no scenario walks over" in note and "to_refund" in note for note in changed.notes)


def test_a_deadline_that_no_scenario_lets_pass_is_named(changed: Report) -> None:
    row = next(row for row in changed.rows if row["scenario"] == "plain")
    assert (row["boundary_covered"], row["boundary_total"]) == (0, 3)
    assert any("no scenario walks over" in note and "production_overdue" in note for note in changed.notes)


def test_what_time_does_is_compared_like_what_people_do(changed: Report) -> None:
    found = "found ['invoice for finance', 'key_production for production']"
    assert any("/hasty: step" in note and ", wait: " in note and found in note for note in changed.notes)


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(UnknownPackage):
        play_packages(["unheard_of"])


def test_every_scenario_says_what_it_proves(sound: dict[str, bytes]) -> None:
    _, scenarios = scenarios_of(load_package(sound))
    for scenario in scenarios:
        first = sound[f"scenarios/{scenario.key}.toml"].decode().splitlines()[0]
        assert first.startswith("# "), scenario.key
        assert scenario.steps, scenario.key


def test_the_amount_of_each_price_row_is_its_unit_price_times_the_quantity(sound: dict[str, bytes]) -> None:
    for rule in load_package(sound).definition.decisions["key_price"].rules:
        unit_price, amount = rule.results
        assert amount.text == f"{unit_price.text} * line.quantity"


def test_the_payee_is_invented_with_valid_check_digits(sound: dict[str, bytes]) -> None:
    rows = {row.key: row.value for row in load_package(sound).manifest.cards["payee"].rows}
    assert list(rows) == ["name", "tax_number", "address", "phone", "bank", "account"]
    assert uscc.is_valid(rows["tax_number"])
    assert luhn.is_valid(rows["account"])
    assert all("虚构" in rows[key] for key in ("name", "address", "bank"))


@pytest.mark.parametrize("name", ["application_form", "letter_of_authorisation"])
def test_the_templates_for_applicants_are_sound_files(name: str) -> None:
    path = CERTIFICATES / "documents" / f"{name}.pdf"
    assert check_file(path, path.name, {"pdf"}, 1024 * 1024).media_type == "application/pdf"
