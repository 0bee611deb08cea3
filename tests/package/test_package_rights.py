"""Rights of tasks to the fields of their forms: what no task could keep is found at deploy."""

from pathlib import Path

import pytest
from broken_packages import MANIFEST

from workflows.packages import lint_package, read_folder

FOLDER = Path(__file__).parents[2] / "bpmn" / "certificate_issuance"


@pytest.mark.parametrize(
    ("task", "right", "rule"),
    [
        ("review", 'nothing = "read"', "access_unknown"),
        ("application", 'company = "write"', "manifest_right"),
        ("application", 'company = "hidden"', "access_required"),
        ("application", 'company = "read"', "access_no_source"),
        ("application", '"lines.years" = "hidden"', "access_rows"),
        ("application", 'postal_code = "hidden"', None),
    ],
)
def test_a_right_that_cannot_be_kept_is_found_in_the_manifest(task: str, right: str, rule: str | None) -> None:
    files = read_folder(FOLDER)
    files[MANIFEST] += f"\n[tasks.{task}.fields]\n{right}\n".encode()
    found = lint_package(files)
    assert (rule in {one.rule for one in found}) if rule else found == []
    assert {one.file for one in found} <= {MANIFEST}
