"""Registers, drawn from their declarations."""

from marshmallow import fields

from service.api.fields import Plain, Schema


class RegisterFieldSchema(Schema):
    """A field that a register declares."""

    key = fields.String()
    title = fields.String()
    type = fields.String()
    listed = fields.Boolean()


class RegisterSchema(Schema):
    """A register that the caller may open."""

    key = fields.String()
    title = fields.String()
    summary = fields.String()
    fields_ = fields.List(fields.Nested(RegisterFieldSchema), data_key="fields", attribute="fields")
    states = Plain(metadata={"type": "array"})


class RegistersSchema(Schema):
    """All registers that the caller may open."""

    items = fields.List(fields.Nested(RegisterSchema))


class RegisterRowSchema(Schema):
    """An entry of a register."""

    id = fields.UUID()
    register = fields.String()
    state = fields.String()
    state_title = fields.String()
    values = Plain(attribute="fields", metadata={"type": "object", "description": "Values by field key."})
    organisation_id = fields.UUID()
    organisation = fields.String()
    instance_id = fields.UUID(allow_none=True)
    instance_number = fields.String(allow_none=True)
    valid_from = fields.Date(allow_none=True)
    valid_until = fields.Date(allow_none=True)
    created_at = fields.DateTime()
    changed_at = fields.DateTime()
    version = fields.Integer()


class RegisterPageSchema(Schema):
    """A page of a register with the declaration it is drawn from."""

    register = fields.Nested(RegisterSchema)
    items = fields.List(fields.Nested(RegisterRowSchema))
    next = fields.String(allow_none=True)


class RegisterEntrySchema(Schema):
    """An entry in full."""

    register = fields.Nested(RegisterSchema)
    entry = fields.Nested(RegisterRowSchema)
    transitions = Plain(metadata={"type": "array"})
