"""The live state of one instance: its tokens, rounds and scope. Nothing finished, nothing predicted is kept (rule 5)."""

from dataclasses import dataclass, field
from typing import Literal

from workflows.engine.values import Value


@dataclass(frozen=True)
class Token:
    """A live position: an open task (``key`` set), or an arrival that waits at a join (``key`` None).

    ``source`` is the element that it came from; together with ``element_id`` it names the sequence flow.
    """

    element_id: str
    source: str
    round: int
    key: str | None

    @property
    def state(self) -> Literal["open", "waiting"]:
        """open: a person or handler is awaited; waiting: the other flows of a join are."""
        return "waiting" if self.key is None else "open"


@dataclass
class State:
    """What an instance row stores, as plain values. ``drawn`` counts the keys given out so far."""

    definition_sha256: str
    drawn: int = 0
    ended: bool = False
    end_event: str | None = None
    rounds: dict[str, int] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    scope: dict[str, Value] = field(default_factory=dict)
