"""Papers that were issued."""

from marshmallow import fields

from service.api.fields import Schema


class PaperSchema(Schema):
    """An issued paper. kind: receipt, correction, decision; `sha256` of its bytes in hexadecimal, as the journal names it."""

    id = fields.UUID()
    kind = fields.String()
    number = fields.String()
    issued_at = fields.AwareDateTime()
    sha256 = fields.String()
    size = fields.Integer(metadata={"description": "Bytes."})


class PapersSchema(Schema):
    """The papers of an application, in the order of what they are about."""

    items = fields.List(fields.Nested(PaperSchema))
