"""The shape of a handler: what a service task runs by name, with checked input and output."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from marshmallow import RAISE, Schema, ValidationError, fields

from storage.jobs import MAX_ATTEMPTS
from storage.models import Instance
from workflows.errors import FieldInvalid, HandlerRefused
from workflows.events import Event
from workflows.schema_values import AmountValue, DateValue, NumberValue

if TYPE_CHECKING:
    from storage.unit_of_work import UnitOfWork
    from workflows.packages import Package

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Effect(StrEnum):
    """Where a handler's effect lies: rows of our tables, or the world outside."""

    ROW = "row"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler may use: the open transaction, the locked instance, its package, the engine's task key."""

    uow: "UnitOfWork"
    instance: Instance
    package: "Package"
    task_key: str
    now: datetime

    @property
    def today(self) -> date:
        """The day at the operator's place."""
        return self.now.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler did: `values` go back into the process, `effect` and `details` into the journal."""

    values: Mapping[str, Any]
    effect: Event | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class BusinessError(Exception):
    """The work was done and came to nothing, for a reason that the business knows: no fault, nothing to try again.

    `code` is one that the handler declares. A boundary event of the drawing catches it; else the process fails.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Handler:
    """A service task's work. `row` runs inside the command's transaction, `outside` in the worker.

    One outside is tried `tries` times with growing pauses before an incident asks a person. `errors` are the codes of
    its business errors: of a BusinessError, which ends the process as failed where nothing catches it, or of a refusal
    of the domain such as register_key_taken, which stands as the refusal of the command where nothing catches it.
    """

    name: str
    effect: Effect
    input: type[Schema]
    output: type[Schema]
    run: Callable[[Call, Mapping[str, Any]], Outcome]
    tries: int = MAX_ATTEMPTS
    errors: tuple[str, ...] = ()

    def __call__(self, call: Call, inputs: Mapping[str, Any]) -> Outcome:
        """Run with checked values; raise HandlerRefused naming the input or output that does not fit.

        Raises BusinessError with a declared code; another code is a mistake of the handler.
        """
        try:
            outcome = self.run(call, self._checked(self.input, inputs))
        except BusinessError as error:
            if error.code not in self.errors:
                raise HandlerRefused(self.name, f"error {error.code}") from error
            raise
        self._checked(self.output, outcome.values)
        return outcome

    def read_output(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return values that a person gives instead of the handler, dates and numbers read from their texts.

        Raises FieldInvalid naming the first value that is missing, unknown or does not fit.
        """
        schema = _schema(self.output)
        values = {
            name: _read(schema.fields.get(name), value) for name, value in given.items() if value is not None
        }
        try:
            schema.load(values)
        except ValidationError as error:
            raise FieldInvalid(field=f"values.{min(map(str, error.messages_dict))}") from None
        return values

    def _checked(self, schema: type[Schema], values: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {name: value for name, value in values.items() if value is not None}
        try:
            loaded: Mapping[str, Any] = _schema(schema).load(given)
        except ValidationError as error:
            raise HandlerRefused(self.name, ", ".join(sorted(map(str, error.messages_dict)))) from None
        return loaded


@cache
def _schema(kind: type[Schema]) -> Schema:
    """Make a schema once: its fields are copied whenever one is made."""
    return kind(unknown=RAISE)


def _read(kind: fields.Field[Any] | None, value: Any) -> Any:
    """Turn the JSON of a value into what the engine holds; what cannot be turned is left for the schema to refuse."""
    try:
        if isinstance(kind, DateValue) and isinstance(value, str):
            return date.fromisoformat(value)
        if (
            isinstance(kind, AmountValue | NumberValue)
            and isinstance(value, str | int)
            and not isinstance(value, bool)
        ):
            number = Decimal(value)
            return number if number.is_finite() else value
    except (ValueError, ArithmeticError):
        pass
    return value


def fen(amount: Decimal) -> int:
    """Return yuan as whole fen."""
    return int(amount * 100)


def yuan(amount_fen: int) -> Decimal:
    """Return whole fen as yuan with two decimals."""
    return (Decimal(amount_fen) / 100).quantize(Decimal("0.01"))
