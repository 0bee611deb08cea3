"""What is written across a file before it goes out to whoever asks now."""

from typing import TYPE_CHECKING

from service.current import clock, current_actor, signed_in, unit_of_work
from storage.errors import FileRefused
from workflows import queries

if TYPE_CHECKING:
    from storage.documents import Opened
    from workflows.queries.views import AttachmentView


def lines_for(view: "AttachmentView") -> list[str]:
    """Return the lines of the watermark, none where the reader gets the file without one."""
    person = signed_in()
    if not view.watermark or person is None:
        return []
    return queries.watermark_lines(unit_of_work(), current_actor(), person.username, clock().now())


def copy_with(view: "AttachmentView", opened: "Opened", lines: list[str]) -> bytes:
    """Return the copy that is handed out. Raises FileRefused watermark_failed: without a watermark it does not go out."""
    from storage.watermarked_copies import watermarked

    try:
        return watermarked(opened, view.media_type or "", lines)
    except FileRefused:
        raise FileRefused(code="watermark_failed", name=view.name) from None
