"""What a group is offered is found without a look at the cases; what that costs is measured by `zhupi bench inbox`."""

import pytest
from sqlalchemy import select

from storage.models import Task
from workflows.queries.inbox_rows import Shape, count_of, ids_of


@pytest.mark.parametrize("asked", [set(), {"again"}, {"process", "step"}])
@pytest.mark.parametrize("by_due", [True, False])
def test_offered_work_is_found_and_counted_without_a_look_at_the_cases(asked: set[str], by_due: bool) -> None:
    shape = Shape("claimable", 3, with_organisation=True, narrow=frozenset(asked), by_due=by_due)
    for statement in (ids_of(shape), select(count_of(shape, "count"))):
        text = str(statement)
        assert "FROM task" in text
        assert "FROM instance" not in text
        assert "JOIN instance" not in text


def test_what_tells_whether_a_task_is_for_the_reader_stands_in_each_index_of_what_groups_are_offered() -> None:
    indexes = [set(one.columns.keys()) for one in Task.__table__.indexes if str(one.name).startswith("ix_task_offered_")]
    of_groups = [columns for columns in indexes if "group_id" in columns]
    assert len(of_groups) == 5
    assert all({"applicant_id", "signer", "created_at", "id"} <= columns for columns in of_groups)
