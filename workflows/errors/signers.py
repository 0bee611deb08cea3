"""Refusals around countersigning: whose signature it is, who may be put among the signers, who may be taken away."""

from workflows.errors.base import Conflict, Invalid, NotAllowed


class NotSigner(NotAllowed):
    """This part of a countersigned task is to be signed by somebody else in person."""

    code = "not_signer"


class SignsAlready(NotAllowed):
    """One person signs for one department: give back or leave the other part, a colleague signs this one."""

    code = "signs_already"


class SignatureInPerson(NotAllowed):
    """A part that is to be signed in person cannot be given back to the group."""

    code = "signature_in_person"


class SignatureNotNeeded(Conflict):
    """The signatures of the others have decided, or the signer was taken away: this part is not signed any more."""

    code = "signature_not_needed"


class NotCountersigned(Invalid):
    """The task is not signed by several people, so nobody can be added or removed."""

    code = "not_countersigned"


class SignersFixed(Conflict):
    """The process does not let anybody add (or remove) signers of this task, as long as all of them can sign."""

    code = "signers_fixed"


class SignerUnfit(Invalid):
    """Nobody who could sign here: not an active member of the lane's group."""

    code = "signer_unfit"


class SignerApplicantSide(Invalid):
    """K15: whoever belongs to the applicant, or worked on the application, does not sign."""

    code = "signer_applicant_side"


class SignerNoLane(Invalid):
    """The text is not the id of a staff lane of the process that somebody works in."""

    code = "signer_no_lane"

    def __init__(self, lane: str) -> None:
        super().__init__(lane=lane)


class SignerTwice(Conflict):
    """The signer is one of the signers already."""

    code = "signer_twice"


class SignerUnknown(Conflict):
    """The signer is none of the signers, or not any more."""

    code = "signer_unknown"


class SignerDone(Conflict):
    """The signer has signed; a signature stays."""

    code = "signer_done"


class SignerNeeded(Conflict):
    """At least `needed` signers have to remain: add another one first."""

    code = "signer_needed"

    def __init__(self, needed: int) -> None:
        super().__init__(needed=needed)


class SignersFull(Conflict):
    """The task has as many signers as it can have."""

    code = "signers_full"
