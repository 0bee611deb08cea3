"""The live state of one instance: tokens, rounds, scopes, timers. Nothing finished, nothing predicted is kept (rule 5)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workflows.engine.values import Value


@dataclass(frozen=True)
class Token:
    """A live position: something open (``key`` set), or an arrival that waits at a join (``key`` None).

    ``source`` is the element that it came from; together with ``element_id`` it names the sequence flow.
    ``within`` is the key of the activity that it lives in, None on the level of the process;
    ``index`` counts the runs of an activity that is done several times, each within the token of the whole.
    """

    element_id: str
    source: str
    round: int
    key: str | None
    within: str | None = None
    index: int | None = None

    @property
    def state(self) -> Literal["open", "waiting"]:
        """open: a person, handler, event or inner part is awaited; waiting: the other flows of a join are."""
        return "waiting" if self.key is None else "open"


@dataclass(frozen=True)
class Wait:
    """A timer that is set or a message that is awaited, for the token with the key ``host``.

    ``left`` counts the firings of a repeating timer that are still to come, this one included; None is no end.
    """

    key: str
    host: str
    element_id: str
    due: datetime | None = None
    every: str | None = None
    left: int | None = 1
    correlation: Value = None


@dataclass
class Series:
    """An activity that is done several times, by the key of the whole.

    ``items`` are what the runs are for, in order; ``begun`` runs were started, ``results`` holds ``[index, value]`` of
    each that was completed, ``gone`` the indexes of those that were taken away.
    """

    items: list[Value] = field(default_factory=list)
    begun: int = 0
    results: list[tuple[int, Value]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


@dataclass
class State:
    """What an instance row stores, as plain values. ``drawn`` counts the keys given out so far.

    ``scope`` holds the variables of the instance, ``scopes`` those of a run of several or of a called process, by key.
    """

    definition_sha256: str
    drawn: int = 0
    ended: bool = False
    end_event: str | None = None
    rounds: dict[str, int] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    scope: dict[str, Value] = field(default_factory=dict)
    scopes: dict[str, dict[str, Value]] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)
    series: dict[str, Series] = field(default_factory=dict)
    error: str | None = None
