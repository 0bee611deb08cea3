"""Which files of a package are handed out with a watermark of whoever fetches them."""

from typing import Any, Final

from workflows.reading import TomlReader

EVERY_FILE: Final = ("*",)


def watermarks_of(reader: TomlReader, document: dict[str, Any]) -> tuple[str, ...]:
    """Read ``watermark``: true for every file, or a list of file fields ``<task>.<path>``."""
    given = document.get("watermark", False)
    if isinstance(given, bool):
        return EVERY_FILE if given else ()
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return tuple(given)
    message = "'watermark' is true for every file, or a list of file fields such as [\"application.id_card\"]."
    reader.refuse("watermark", "manifest_watermark", message)
    return ()
