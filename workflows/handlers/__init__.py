"""Service tasks by name. The table is closed: a diagram names a handler, it never brings one."""

from collections.abc import Mapping
from typing import Final

from workflows.handlers import invoice, payment, register
from workflows.handlers.handler import Call, Effect, Handler, Outcome

HANDLERS: Final[Mapping[str, Handler]] = {
    handler.name: handler for handler in (*payment.HANDLERS, *invoice.HANDLERS, *register.HANDLERS)
}

__all__ = ["HANDLERS", "Call", "Effect", "Handler", "Outcome"]
