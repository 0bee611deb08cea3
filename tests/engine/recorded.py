"""A case that writes the events of its steps down as the journal would, and knows where everything open lies."""

from collections.abc import Callable, Mapping
from typing import Any

from diagrams import Case

from storage.journal import as_recorded
from workflows.engine import Advance, Command, Correlate, FactsMissing
from workflows.engine.codec import decode_state
from workflows.engine.state import Wait

ACTIONS = {
    "Complete": "task.completed", "Fire": "timer.fired", "Correlate": "message.correlated", "Fail": "service_task.failed",
    "AddSigner": "task.signer_added", "RemoveSigner": "task.signer_removed", "Return": "task.returned",
    "Cancel": "instance.cancelled",
}  # fmt: skip


class Recorded(Case):
    """A case with its journal."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._bodies: list[dict[str, Any]] = []
        self.command: Command | None = None
        super().__init__(*args, **more)

    def do(self, command: Command) -> Advance:
        self.command = command
        return super().do(command)

    def _make(self, attempt: Callable[[Mapping[str, object]], Advance | FactsMissing]) -> Advance:
        self.at = self.now
        return super()._make(attempt)

    def _take(self, result: Advance) -> Advance:
        command = self.command
        key = getattr(command, "key", getattr(command, "from_key", None))
        if isinstance(command, Correlate):
            key = next(one.key for one in result.messages if one.change == "taken")
        details = {
            "key": key, "signer": getattr(command, "signer", None), "to": getattr(command, "to_element", None),
            "message": getattr(command, "message", None), "correlation": getattr(command, "correlation", None),
            "error": getattr(command, "error", None),
        }  # fmt: skip
        self._bodies.append({
            "seq": len(self._bodies) + 1, "at": self.at, "action": ACTIONS[type(command).__name__] if command else "instance.started",
            "facts": result.facts, "marking": result.marking, "digest": result.digest, "task": None, "details": details,
            "inputs": {"values": dict(getattr(command, "values", {})), "seed": result.seed},
        })  # fmt: skip
        return super()._take(result)

    def events(self) -> list[dict[str, Any]]:
        """The bodies as they are read from the journal."""
        return [as_recorded(body) for body in self._bodies]

    def events_so_far(self) -> list[dict[str, Any]]:
        """The bodies as they were put down."""
        return self._bodies

    def places(self) -> dict[str, str]:
        """By key of what is open its path: what it lies in, outermost first, with the numbers of runs."""
        entries = {str(entry["key"]): entry for entry in self.step.marking if entry["key"] is not None}

        def path(key: str) -> str:
            entry = entries[key]
            own = str(entry["element"]) + (f"#{entry['run']}" if entry.get("run") is not None else "")
            within = entry.get("within")
            return own if within is None else f"{path(str(within))}/{own}"

        return {key: path(key) for key in entries}

    def waits(self) -> list[Wait]:
        """The timers and messages of the stored state."""
        return decode_state(self.step.state).waits
