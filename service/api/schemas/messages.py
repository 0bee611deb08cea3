"""What a message from outside brings."""

from service.api.fields import Answers, Id, Schema, Text


class MessageSchema(Schema):
    """A message by name; `correlation` tells which case is meant, `values` is what the process reads of it."""

    message = Text(1, 200, required=True)
    correlation = Text(0, 200, load_default=None, allow_none=True)
    values = Answers(load_default=dict)
    instance_id = Id(load_default=None, allow_none=True)
