"""Why a case went where it went, and what it may come to next, in words."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AheadStep:
    """A step that may come next. kind: task, wait, end. `seal` is what an end means to the case, None for the others.

    `mine`: the applicant does it.
    """

    element_id: str
    title: str
    lane_title: str
    kind: str
    mine: bool = False
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class AheadWay:
    """One way that a case may go on. `steps` come together; none where the way ends and other steps go on.

    `when` are pairs of a question, without its mark, and its answer for everything on the way that is not decided yet; an answer is empty
    where the drawing gives it no name. `event` is what has to happen, None where the step is simply completed.
    `joined`: other steps have to be done first as well. `back`: nobody drew it; whoever holds the step of this title may
    send the case back.
    """

    steps: tuple[AheadStep, ...]
    when: tuple[tuple[str, str], ...] = ()
    event: str | None = None
    joined: bool = False
    back: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A decision that was not a person's: a question with its answer, or a decision table with what it `said`.

    `facts` and `said` are pairs of a label and a value; a value is a text in the reader's language, or plain.
    """

    title: str
    facts: tuple[tuple[str, Any], ...]
    answer: str = ""
    said: tuple[tuple[str, Any], ...] = ()
