"""The calendar of working days: read a year, see what another arrangement of it would move, change it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.calendar import (
    CalendarSchema,
    CalendarYearSchema,
    DaysSchema,
    MovedDeadlinesSchema,
)
from service.current import current_actor, request_key, unit_of_work
from workflows import queries
from workflows.commands.calendars import change_calendar, checked_days
from workflows.errors import FieldInvalid

blueprint = Blueprint(
    "calendar", __name__, url_prefix="/api/v1/calendar", description="Which days are worked."
)


@blueprint.route("/<int:year>")
@blueprint.response(200, CalendarYearSchema)
@access("signed_in")
def read_year(year: int) -> Any:
    """Read a year. Days that it does not list are worked from Monday to Friday."""
    return queries.read_calendar(unit_of_work(), current_actor(), year)


@blueprint.route("/<int:year>", methods=["PUT"])
@blueprint.arguments(CalendarSchema)
@blueprint.response(200, CalendarYearSchema)
@access("role:administrator")
def put_year(body: Mapping[str, Any], year: int) -> Any:
    """Put the days of a year in the place of those it had. Open deadlines that this moves are moved one case after the other."""
    days = _by_day(body["days"])
    return change_calendar(
        unit_of_work(),
        current_actor(),
        year,
        days,
        provisional=body["provisional"],
        version=body["version"],
        idempotency_key=request_key(),
    )


@blueprint.route("/<int:year>/preview", methods=["POST"])
@blueprint.arguments(DaysSchema)
@blueprint.response(200, MovedDeadlinesSchema)
@access("role:administrator")
def preview_year(body: Mapping[str, Any], year: int) -> Any:
    """List the open deadlines that other days of a year would move, and where to. Nothing is changed."""
    days = checked_days(year, _by_day(body["days"]))
    return queries.deadlines_moved_by(unit_of_work(), current_actor(), year, days)


def _by_day(days: Sequence[Mapping[str, Any]]) -> dict[date, tuple[bool, str]]:
    found = {one["day"]: (one["working"], one["name"]) for one in days}
    if len(found) != len(days):
        raise FieldInvalid(field="days")
    return found
