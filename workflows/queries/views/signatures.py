"""Who signs a task that several people sign, and how far it is."""

from dataclasses import dataclass
from uuid import UUID

from workflows.queries.views.lists import Person


@dataclass(frozen=True, slots=True)
class TallyView:
    """How far it is: so many of so many have signed; `outcomes` counts what they said, in the order of the task.

    `outcome` is what the signatures came to, None as long as they have not decided.
    """

    signed: int
    total: int
    outcomes: tuple[tuple[str, str, int], ...]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class SignerView:
    """One who signs: a person, or a department by its lane. state: later (not their turn), open, signed, released.

    `signer` is what add_signer and remove_signer take, None where the reader may not know the person. Released is whose
    signature was not needed any more, or who was taken away.
    """

    signer: str | None
    name: str
    by: Person | None
    state: str
    outcome: str | None
    outcome_title: str | None
    outcome_kind: str | None


@dataclass(frozen=True, slots=True)
class SigningView:
    """A countersigned task. mode: all, any, ratio, count, sequential; `needed` is the text that ratio or count give.

    `choices` are who the reader may add, by what add_signer takes; `may_remove` whether they may take one away.
    """

    element_id: str
    title: str
    round: int
    mode: str
    needed: str | None
    tally: TallyView
    signers: tuple[SignerView, ...]
    task_ids: tuple[UUID, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    may_remove: bool = False
