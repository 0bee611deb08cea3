"""The calendar of working days, and the deadlines that it moves."""

from marshmallow import fields

from service.api.fields import Day, Many, Schema, Text, Truth, Whole


class CalendarDaySchema(Schema):
    """A day that differs from its weekday, or has a name."""

    day = Day(required=True)
    working = Truth(required=True)
    name = Text(1, 60, required=True)


class DaysSchema(Schema):
    """Every day of a year that differs from its weekday, or has a name."""

    days = Many(fields.Nested(CalendarDaySchema), 366, required=True)


class CalendarSchema(DaysSchema):
    """What a year is to be. With `version` it must still be the one that was read."""

    provisional = Truth(load_default=False)
    version = Whole(0, 2**31 - 1, load_default=None, allow_none=True)


class CalendarYearSchema(Schema):
    """A year. It is provisional until its arrangement is published; `version` 0 is a year that nobody put in."""

    year = fields.Integer()
    provisional = fields.Boolean()
    version = fields.Integer()
    days = fields.List(fields.Nested(CalendarDaySchema))


class MovedDeadlineSchema(Schema):
    """An open deadline of an application: when it is due, and when it would be due."""

    instance_id = fields.UUID()
    number = fields.String()
    element_id = fields.String()
    title = fields.String()
    was = fields.DateTime()
    due = fields.DateTime()


class MovedDeadlinesSchema(Schema):
    """How many open deadlines would move, and the first 200 of them."""

    count = fields.Integer()
    items = fields.List(fields.Nested(MovedDeadlineSchema))
