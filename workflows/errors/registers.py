"""Refusals of handlers and registers."""

from workflows.errors.base import Conflict, Invalid


class HandlerRefused(Invalid):
    """A service task of the process got values that its handler does not take; the package needs a correction."""

    code = "handler_refused"

    def __init__(self, handler: str, reason: str = "") -> None:
        super().__init__(handler=handler, reason=reason)


class RegisterKeyTaken(Conflict):
    """A unique key of a register is taken, such as the serial of a USB key: check the value."""

    code = "register_key_taken"

    def __init__(self, register: str, field: str, value: str) -> None:
        super().__init__(register=register, field=field, value=value)


class InvoiceNumberTaken(Conflict):
    """An invoice of this number is recorded already: check the number."""

    code = "invoice_number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class RegisterTransitionRefused(Conflict):
    """The register's declaration has no transition between these states."""

    code = "register_transition_refused"

    def __init__(self, register: str, was: str, to: str) -> None:
        super().__init__(register=register, was=was, to=to)


class RegisterFieldInvalid(Invalid):
    """A value does not fit the field that the register declares."""

    code = "register_field_invalid"

    def __init__(self, register: str, field: str) -> None:
        super().__init__(register=register, field=field)
