"""`zhupi replay`: what it writes for a person and for a program."""

import json
from typing import TYPE_CHECKING, Any

import click

from service.console import CouldNotRun, write_json
from workflows.replay import Difference, Replay, replay_by_name

if TYPE_CHECKING:
    from storage.unit_of_work import UnitOfWork


def replay_case(uow: "UnitOfWork", number_or_id: str, *, as_json: bool) -> bool:
    """Replay a case, write what was found, and tell whether all came out as recorded. Raises CouldNotRun."""
    found = replay_by_name(uow, number_or_id)
    if found is None:
        sentence = f"There is no application {number_or_id}."
        raise CouldNotRun(sentence)
    if as_json:
        write_json(_plain(found))
    else:
        _show(found)
    return found.ok


def _plain(found: Replay) -> dict[str, Any]:
    return {
        "instance": str(found.instance_id),
        "number": found.number,
        "definition_sha256": found.definition_sha256,
        "engine_version": found.engine_version,
        "ok": found.ok,
        "events": found.events,
        "steps": found.steps,
        "difference": None if found.difference is None else _difference(found.difference),
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "seq": found.seq,
        "action": found.action,
        "what": found.what,
        "why": found.why,
        "recorded": {"digest": found.recorded_digest, "marking": found.recorded},
        "replayed": {"digest": found.replayed_digest, "marking": found.replayed},
    }


def _show(found: Replay) -> None:
    if found.difference is None:
        click.echo(f"{found.number}: {found.events} events, {found.steps} steps made again, no difference")
        return
    where = "" if found.difference.seq is None else f" at event {found.difference.seq}"
    action = f" ({found.difference.action})" if found.difference.action else ""
    click.echo(f"{found.number}: DIFFERENT{where}{action}: {found.difference.why}")
    for word, marking in (("recorded", found.difference.recorded), ("replayed", found.difference.replayed)):
        click.echo(f"  {word}: {_line(marking)}")


def _line(marking: Any) -> str:
    if marking is None:
        return "no marking"
    tokens = [f"{one['element']} (round {one['round']}, {one['state']})" for one in marking]
    return ", ".join(tokens) or json.dumps(marking)
