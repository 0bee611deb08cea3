"""The shape of a function: what a script task computes by name, from checked inputs to checked outputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError

from workflows.calendar import WorkingCalendar


class FunctionRefused(ValueError):
    """A function cannot work on what it was given. ``reason`` names the inputs that do not fit, or says why."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"{function}: {reason}")
        self.function = function
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Function:
    """A calculation without clock, database or chance: the same inputs and calendar always give the same.

    ``run`` gets the working calendar as a value beside the inputs, where ``by_calendar`` is set; it may raise
    ValueError for inputs that make no sense together.
    """

    name: str
    input: type[Schema]
    output: type[Schema]
    run: Callable[[Mapping[str, Any], WorkingCalendar], Mapping[str, Any]]
    by_calendar: bool = False

    def __call__(
        self, inputs: Mapping[str, Any], calendar: Callable[[], WorkingCalendar] = WorkingCalendar
    ) -> dict[str, Any]:
        """Compute; an input that is null counts as not given. Raises FunctionRefused.

        ``calendar`` is asked only by a function that counts with it.
        """
        given = {name: value for name, value in inputs.items() if value is not None}
        values = self._checked(self.input, given)
        try:
            outputs = self.run(values, calendar() if self.by_calendar else WorkingCalendar())
        except ValueError as error:
            raise FunctionRefused(self.name, str(error)) from error
        self._checked(self.output, outputs)
        return dict(outputs)

    def _checked(self, schema: type[Schema], values: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            loaded: Mapping[str, Any] = schema(unknown=RAISE).load(values)
        except ValidationError as error:
            raise FunctionRefused(self.name, ", ".join(sorted(map(str, error.messages_dict)))) from None
        return loaded
