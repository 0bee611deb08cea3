"""Registers: rows that outlive the instance which writes them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from storage import canonical
from storage.models import RegisterEntry, RegisterKey
from storage.upsert import insert_if_new
from workflows.errors import HandlerRefused, RegisterKeyTaken
from workflows.events import Event
from workflows.handlers.handler import Call, Effect, Handler, Outcome
from workflows.registers import RegisterDeclaration
from workflows.schema_values import NumberValue

MAX_ROWS = 1000


class PutInput(Schema):
    """`rows` are entries; `fields` is one entry, or beside rows what all of them share."""

    register = fields.String(required=True)
    rows = fields.List(fields.Dict(), validate=validate.Length(0, MAX_ROWS))
    fields_ = fields.Dict(data_key="fields")
    state = fields.String()


class StateInput(Schema):
    """The state that every entry of the instance takes."""

    register = fields.String(required=True)
    state = fields.String(required=True)


class CountOutput(Schema):
    """How many entries were written."""

    count = NumberValue(required=True)


def put(call: Call, inputs: Mapping[str, Any]) -> Outcome:
    """Enter rows for the applying organisation; raise RegisterKeyTaken naming a value that is taken already."""
    declaration = _declared(call, "register.put", inputs["register"])
    state = inputs.get("state", declaration.initial)
    if state not in dict(declaration.states):
        raise HandlerRefused(handler="register.put", reason=f"state {state}")
    shared = inputs.get("fields_", {})
    rows = [{**shared, **row} for row in inputs["rows"]] if "rows" in inputs else [shared]
    entries, keys = [], []
    for row in rows:
        values = declaration.take(row, call.today)
        entry = _entry(call, declaration, values, state)
        entries.append(entry)
        for name, value in declaration.unique_values(values).items():
            keys.append({"register": declaration.key, "name": name, "value": value, "entry_id": entry["id"]})
    session = call.uow.session
    if entries:
        session.execute(RegisterEntry.__table__.insert(), entries)  # type: ignore[attr-defined]
    _take_keys(call, declaration, keys)
    details = {
        "register": declaration.key,
        "state": state,
        "entries": [str(entry["id"]) for entry in entries],
    }
    return Outcome({"count": len(entries)}, Event.REGISTER_PUT, details)


def change_state(call: Call, inputs: Mapping[str, Any]) -> Outcome:
    """Move every entry of the instance to another state; raise RegisterTransitionRefused where none is declared."""
    declaration = _declared(call, "register.change_state", inputs["register"])
    entries = call.uow.session.scalars(
        select(RegisterEntry)
        .where(RegisterEntry.instance_id == call.instance.id, RegisterEntry.register == declaration.key)
        .order_by(RegisterEntry.id)
        .with_for_update()
    ).all()
    changed = [entry for entry in entries if entry.state != inputs["state"]]
    for entry in changed:
        declaration.require_transition(entry.state, inputs["state"])
        entry.state = inputs["state"]
        entry.version += 1
        entry.changed_at = call.now
    details = {
        "register": declaration.key,
        "state": inputs["state"],
        "entries": [str(entry.id) for entry in changed],
    }
    return Outcome({"count": len(changed)}, Event.REGISTER_STATE_CHANGED, details)


def _declared(call: Call, handler: str, register: str) -> RegisterDeclaration:
    declaration = call.package.registers.get(register)
    if declaration is None:
        raise HandlerRefused(handler, f"register {register}")
    return declaration


def _entry(
    call: Call, declaration: RegisterDeclaration, values: dict[str, Any], state: str
) -> dict[str, Any]:
    return {
        "id": call.uow.ids.new(),
        "register": declaration.key,
        "organisation_id": call.instance.organisation_id,
        "instance_id": call.instance.id,
        "state": state,
        "fields": canonical.encode_text(values),
        "search_text": declaration.search_text(values),
        "valid_from": values.get(declaration.valid_from) if declaration.valid_from else None,
        "valid_until": values.get(declaration.valid_until) if declaration.valid_until else None,
        "version": 1,
        "created_at": call.now,
        "changed_at": call.now,
    }


def _take_keys(call: Call, declaration: RegisterDeclaration, keys: list[dict[str, Any]]) -> None:
    """Insert the unique keys in one order for all writers, so that two of them never wait for each other."""
    keys.sort(key=lambda key: (key["name"], key["value"]))
    for one, other in pairwise(keys):
        if (one["name"], one["value"]) == (other["name"], other["value"]):
            raise _taken(declaration, one)
    if not keys:
        return
    new = insert_if_new(call.uow.session, RegisterKey, keys, RegisterKey.name, RegisterKey.value)
    for key in keys:
        if (key["name"], key["value"]) not in new:
            raise _taken(declaration, key)


def _taken(declaration: RegisterDeclaration, key: dict[str, Any]) -> RegisterKeyTaken:
    field = declaration.field(declaration.unique[key["name"]][0])
    value = key["value"].replace("\u001f", " ")
    return RegisterKeyTaken(declaration.key, field.title if field else key["name"], value)


HANDLERS = (
    Handler("register.put", Effect.ROW, PutInput, CountOutput, put, errors=(RegisterKeyTaken.code,)),
    Handler("register.change_state", Effect.ROW, StateInput, CountOutput, change_state),
)
