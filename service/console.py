"""What the commands of `zhupi` share: how they answer, and how they open the house that they work on.

Exit status: 0 good, 1 the answer is no, 2 could not run. What a program reads goes to standard output, everything
else to standard error.
"""

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from storage.unit_of_work import UnitOfWork

GOOD, NO, COULD_NOT_RUN = 0, 1, 2
SIZE = re.compile(r"(\d{1,12})\s*(B|kB|KB|KiB|MB|MiB|GB|GiB)?")
UNITS = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}


class CouldNotRun(Exception):
    """The command could not do its work; the message is a sentence that says what to do."""


def answer(status: int) -> NoReturn:
    """End the command with its exit status."""
    raise click.exceptions.Exit(status)


def say(text: str) -> None:
    """Tell a person something beside the answer."""
    click.echo(text, err=True)


def write_json(value: Any) -> None:
    """Write the one JSON document of a command."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def log_to_stderr() -> None:
    """Keep standard output for the answer, whatever a library logs."""
    import logging

    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )


class Size(click.ParamType[int]):
    """A number of bytes with an optional unit: 20MiB, 500kB, 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no size; write for instance 20MiB.", param, ctx)
        return int(found[1]) * UNITS[found[2] or "B"]


def words(code: str, **params: Any) -> str:
    """Return the sentence of a code in the language of this terminal, English where that is neither of ours."""
    from service.texts import catalogue, fill

    return fill(
        catalogue(_language()).gettext(f"error.{code}"), {name: str(value) for name, value in params.items()}
    )


def _language() -> str:
    import locale

    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    return "zh_CN" if (locale.getlocale()[0] or "").startswith("zh") else "en"


@contextlib.contextmanager
def house() -> Iterator["UnitOfWork"]:
    """Open the installation of this process's settings: its database and store, as the server would.

    Raises CouldNotRun when there is none, or when it answers not.
    """
    from flask import Flask

    from config.settings import SettingsError, settings_here
    from storage.database import init_database, is_migrated
    from storage.db import db
    from storage.errors import DatabaseUnavailable
    from storage.unit_of_work import build
    from workflows.handlers import HandlersUnusable, add_handlers

    try:
        settings = settings_here()
        add_handlers(settings.handlers)
        app = Flask("zhupi.cli")
        init_database(app, settings)
        with app.app_context():
            if not is_migrated():
                sentence = "The database has not been prepared for this version: start `zhupi up` once."
                raise CouldNotRun(sentence)
            try:
                yield build(settings)
            finally:
                db.session.remove()
                db.engine.dispose()
    except SettingsError as error:
        raise CouldNotRun(error.sentence) from error
    except HandlersUnusable as error:
        raise CouldNotRun(str(error)) from error
    except DatabaseUnavailable as error:
        sentence = "The database does not answer: is ZHUPI_DATABASE_URL right, and does the server run?"
        raise CouldNotRun(sentence) from error


def could_not_run(sentence: str) -> int:
    """Say why, as JSON too where JSON was asked for; return the exit status."""
    say(sentence)
    if "--json" in sys.argv:
        write_json({"error": sentence})
    return COULD_NOT_RUN


def sentence_of(error: Exception) -> str:
    """Return what a person reads about an exception: its own sentence, or where our mistake is."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and hasattr(error, "params"):
        return words(code, **error.params)
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where is not None else "?"
    return f"This did not work because of a mistake in Zhupi ({type(error).__name__} at {place}). Please report it."
