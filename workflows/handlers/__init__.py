"""Service tasks by name. The table is closed: a diagram names a handler, it never brings one.

Beside our own there are those of modules that the operator names in ZHUPI_HANDLERS; each has a tuple ``HANDLERS``.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

from workflows.handlers import invoice, payment, register
from workflows.handlers.handler import BusinessError, Call, Effect, Handler, Outcome

_all = {handler.name: handler for handler in (*payment.HANDLERS, *invoice.HANDLERS, *register.HANDLERS)}
HANDLERS: Final[Mapping[str, Handler]] = _all


class HandlersUnusable(Exception):
    """A module of ZHUPI_HANDLERS cannot be used; the message is a sentence that says why."""


def add_handlers(modules: Iterable[str]) -> None:
    """Take in the handlers of modules; the same module again changes nothing. Raises HandlersUnusable."""
    for name in modules:
        try:
            found = tuple(import_module(name).HANDLERS)
        except (ImportError, AttributeError, TypeError) as error:
            message = f"ZHUPI_HANDLERS names {name}, which cannot be used: {error}."
            raise HandlersUnusable(message) from error
        for handler in found:
            if not isinstance(handler, Handler):
                message = f"ZHUPI_HANDLERS names {name}, whose HANDLERS hold something that is no handler."
                raise HandlersUnusable(message)
            if _all.setdefault(handler.name, handler) is not handler:
                message = f"ZHUPI_HANDLERS names {name}: there is a handler {handler.name} already."
                raise HandlersUnusable(message)


__all__ = ["HANDLERS", "BusinessError", "Call", "Effect", "Handler", "HandlersUnusable", "Outcome", "add_handlers"]
