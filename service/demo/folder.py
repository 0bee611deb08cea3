"""The data folder of a demo carries a mark; nothing but a demo may live in it."""

from pathlib import Path

MARK = "demo"
UNFINISHED = "being filled"
FILLED = "filled"


class NotADemo(Exception):
    """The folder holds something that is no demo, or half of one; the message is a sentence that says what to do."""


def claim(folder: Path) -> None:
    """Mark an empty or new folder as a demo's, before anything is written into it. Raises NotADemo."""
    mark = folder / MARK
    try:
        if mark.is_file():
            if mark.read_text().strip() == UNFINISHED:
                message = f"The demo in {folder} was not finished. Remove that folder and start again."
                raise NotADemo(message)
            return
        if folder.exists() and any(folder.iterdir()):
            message = (
                f"{folder} holds data that is no demo, and invented cases shall not stand beside it. "
                "Set ZHUPI_DATA to a new folder, or leave it unset for var/demo."
            )
            raise NotADemo(message)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.write_text(UNFINISHED + "\n")
    except OSError as error:
        message = f"The data folder {folder} cannot be used: {error.strerror}."
        raise NotADemo(message) from None


def is_filled(folder: Path) -> bool:
    """Tell whether the demo in this folder is complete."""
    return (folder / MARK).read_text().strip() == FILLED


def note_filled(folder: Path) -> None:
    """Say that the demo is complete; before this every start refuses the folder."""
    (folder / MARK).write_text(FILLED + "\n")
