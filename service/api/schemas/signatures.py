"""Who signs a task that several people sign, and how far it is."""

from marshmallow import fields

from service.api.fields import Schema, Text, Whole
from service.api.schemas.lists import PersonSchema


class SignerSchema(Schema):
    """Somebody to add to the signers of a task: an account by its id, or a lane where departments sign."""

    signer = Text(1, 64, required=True)
    reason = Text(0, 500, load_default="")
    task_version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class RemovalSchema(Schema):
    """Why a signer is taken away; a reason is needed."""

    reason = Text(0, 500, load_default="")
    task_version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class OutcomeCountSchema(Schema):
    """How many signatures said so."""

    key = fields.Function(lambda one: one[0], metadata={"type": "string"})
    title = fields.Function(lambda one: one[1], metadata={"type": "string"})
    count = fields.Function(lambda one: one[2], metadata={"type": "integer"})


class TallySchema(Schema):
    """So many of so many have signed; `outcome` is what the signatures came to, null before they decided."""

    signed = fields.Integer()
    total = fields.Integer()
    outcomes = fields.List(fields.Nested(OutcomeCountSchema))
    outcome = fields.String(allow_none=True)


class SignerViewSchema(Schema):
    """One who signs. state: later, open, signed, released. `signer` is what the routes for signers take."""

    signer = fields.String(allow_none=True)
    name = fields.String()
    by = fields.Nested(PersonSchema, allow_none=True)
    state = fields.String()
    outcome = fields.String(allow_none=True)
    outcome_title = fields.String(allow_none=True)


class SigningSchema(Schema):
    """A task that several people sign. mode: all, any, ratio, count, sequential."""

    element_id = fields.String()
    title = fields.String()
    round = fields.Integer()
    mode = fields.String()
    needed = fields.String(allow_none=True)
    tally = fields.Nested(TallySchema)
    signers = fields.List(fields.Nested(SignerViewSchema))
