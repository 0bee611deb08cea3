"""What may be expected of the time that a case takes."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Limit:
    """The statutory limit in working days, from the completion of the step `start` to that of `end`.

    Without them it runs from the hand-in to the end of the case. `used` is None before it has begun; `met`: it ran out
    no more, since the step `end` is done.
    """

    days: int
    start: str | None
    end: str | None
    used: int | None
    met: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """Working days of a case: `used` so far, not counting those it waited for the applicant, as it does where `paused`.

    `usual` and `most` are within what half and nine tenths of the finished cases (`sample` of them) were done, None
    below 20; the days are when that will be, None where it is over.
    """

    used: int
    paused: bool
    sample: int
    usual: int | None
    most: int | None
    usual_day: date | None
    most_day: date | None
    limit: Limit | None
