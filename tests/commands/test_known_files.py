"""A file that the same organisation has handed in before is recognised; what others handed in is nobody's business."""

import io

from people_at_work import Case, Cast, begin

from workflows.commands.attachments import attach_file
from workflows.queries import read_task
from workflows.queries.views import AttachmentView
from workflows.scenarios.files import sample_file

FIELD = "application_form"


def upload(case: Case, who: str = "asks", name: str = "a.pdf") -> AttachmentView:
    """Upload a file."""
    cast = case.cast
    stream = io.BytesIO(sample_file(name))
    return attach_file(cast.uow, cast[who], case.task("application"), FIELD, stream, name)


def test_the_same_file_of_an_earlier_application_is_recognised(cast: Cast) -> None:
    earlier = begin(cast)
    earlier.submit()
    number = read_task(cast.uow, cast["approves"], earlier.task("review")).number
    later = begin(cast)
    assert upload(later).known == number
    again = read_task(cast.uow, cast["asks"], later.task("application"))
    assert [file.known for file in again.attachments] == [number]


def test_what_was_never_handed_in_and_other_content_is_new(cast: Cast) -> None:
    upload(begin(cast))
    assert upload(begin(cast)).known is None
    begin(cast).submit()
    assert upload(begin(cast), name="a.jpg").known is None


def test_what_another_organisation_handed_in_is_not_told(cast: Cast) -> None:
    begin(cast).submit()
    assert upload(begin(cast, "stranger"), "stranger").known is None
