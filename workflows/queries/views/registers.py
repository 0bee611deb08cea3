"""Registers, drawn from their declarations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RegisterField:
    """A field of a register as lists and details show it."""

    key: str
    title: str
    type: str
    listed: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterSummary:
    """A register that the actor may open."""

    key: str
    title: str
    summary: str
    fields: tuple[RegisterField, ...]
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """An entry of a register; `fields` holds typed values by field key, `words` what they say in
    the order of the declaration: an option by its title, the rest as it is.
    """

    id: UUID
    register: str
    state: str
    state_title: str
    fields: Mapping[str, Any]
    organisation_id: UUID
    organisation: str
    instance_id: UUID | None
    instance_number: str | None
    valid_from: date | None
    valid_until: date | None
    created_at: datetime
    changed_at: datetime
    version: int
    words: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of a register with the declaration it is drawn from."""

    register: RegisterSummary
    items: tuple[RegisterRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class RegisterEntryView:
    """An entry in full."""

    register: RegisterSummary
    entry: RegisterRow
    transitions: tuple[tuple[str, str], ...]
