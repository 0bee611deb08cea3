"""A service task whose effect lies outside: it runs an errand and leaves a line in a file, synced to the disk.

Named by ZHUPI_HANDLERS in a house that is killed on purpose. Twice the same line is the same errand run again.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields

from workflows.handlers.handler import Call, Effect, Handler, Outcome


class Nothing(Schema):
    """The errand needs nothing."""


class Done(Schema):
    """Where the errand was noted."""

    receipt = fields.String(required=True)


def run(call: Call, _: Mapping[str, Any]) -> Outcome:
    """Note the errand; the key of the task tells a second run of it from another errand."""
    path = Path(call.uow.settings.data) / "errands"
    line = f"{call.instance.id}:{call.task_key}\n".encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)
    return Outcome({"receipt": call.task_key})


HANDLERS = (Handler("chaos.errand", Effect.OUTSIDE, Nothing, Done, run),)
