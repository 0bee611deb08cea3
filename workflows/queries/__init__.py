"""The read side: each query takes the unit of work and the actor, and answers only what that actor may see."""

from workflows.queries.ahead import ahead
from workflows.queries.attachments import attachment
from workflows.queries.calendars import read_calendar, working_calendar
from workflows.queries.catalogue import catalogue, definitions, read_process
from workflows.queries.deadlines import deadlines_moved_by
from workflows.queries.deliveries import deliveries, delivery_counts
from workflows.queries.house import house_counts, read_house
from workflows.queries.inbox import inbox, moments, offered
from workflows.queries.inbox_numbers import (
    done_lately,
    first_of,
    neighbours,
    process_choices,
    tab_counts,
    tab_numbers,
)
from workflows.queries.incidents import incidents, read_incident
from workflows.queries.instances import list_instances, package_diagram, read_instance, seal_of
from workflows.queries.journals import journal_by_name, journal_of
from workflows.queries.notifications import badge, notices, preferences, read_notice
from workflows.queries.papers import paper, papers, papers_of_visible
from workflows.queries.people import (
    bindings,
    groups,
    organisations,
    people,
    read_account,
    read_organisation,
)
from workflows.queries.registers import register_entry, register_page, registers
from workflows.queries.tasks import read_task
from workflows.queries.tokens import tokens
from workflows.queries.watermarks import watermark_lines

__all__ = [
    "ahead",
    "attachment",
    "badge",
    "bindings",
    "catalogue",
    "deadlines_moved_by",
    "definitions",
    "deliveries",
    "delivery_counts",
    "done_lately",
    "first_of",
    "groups",
    "house_counts",
    "inbox",
    "incidents",
    "journal_by_name",
    "journal_of",
    "list_instances",
    "moments",
    "neighbours",
    "notices",
    "offered",
    "organisations",
    "package_diagram",
    "paper",
    "papers",
    "papers_of_visible",
    "people",
    "preferences",
    "process_choices",
    "read_account",
    "read_calendar",
    "read_house",
    "read_incident",
    "read_instance",
    "read_notice",
    "read_organisation",
    "read_process",
    "read_task",
    "register_entry",
    "register_page",
    "registers",
    "seal_of",
    "tab_counts",
    "tab_numbers",
    "tokens",
    "watermark_lines",
    "working_calendar",
]
