"""The read side: each query takes the unit of work and the actor, and answers only what that actor may see."""

from workflows.queries.attachments import attachment
from workflows.queries.calendars import read_calendar, working_calendar
from workflows.queries.catalogue import catalogue, definitions, read_process
from workflows.queries.inbox import inbox, tab_counts
from workflows.queries.incidents import incidents, read_incident
from workflows.queries.instances import list_instances, package_diagram, read_instance
from workflows.queries.journals import journal_by_name, journal_of
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

__all__ = [
    "attachment",
    "bindings",
    "catalogue",
    "definitions",
    "groups",
    "inbox",
    "incidents",
    "journal_by_name",
    "journal_of",
    "list_instances",
    "organisations",
    "package_diagram",
    "people",
    "read_account",
    "read_calendar",
    "read_incident",
    "read_instance",
    "read_organisation",
    "read_process",
    "read_task",
    "register_entry",
    "register_page",
    "registers",
    "tab_counts",
    "tokens",
    "working_calendar",
]
