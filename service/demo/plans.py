"""What has become of each application: who asks for what, how long ago, and the moves up to now."""

from dataclasses import dataclass

Line = tuple[str, int, int]
"""Price plan, years, quantity."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One application. `moves` are names of methods of Game, in order; `days` ago it was begun."""

    applicant: str
    days: int
    lines: tuple[Line, ...]
    moves: str


TWO: tuple[Line, ...] = (("basic", 3, 2),)
ONE: tuple[Line, ...] = (("basic", 1, 1),)
BUNDLE: tuple[Line, ...] = (("bundle", 3, 2),)
MIXED: tuple[Line, ...] = (("basic", 3, 2), ("bundle", 5, 1))
LARGE: tuple[Line, ...] = (("basic", 5, 6), ("bundle", 1, 3))

TO_PAYMENT = "submit approve "
TO_FINANCE = TO_PAYMENT + "pay "
TO_PREPARATION = TO_FINANCE + "confirm "
TO_SHIPMENT = TO_PREPARATION + "invoice keys "
TO_DELIVERY = TO_SHIPMENT + "ship "
TO_THE_END = TO_DELIVERY + "receive"

PLANS = (
    # Nothing submitted yet
    Plan("maple1", 1, TWO, ""),
    Plan("lake1", 2, TWO, "draft"),
    Plan("harbour1", 3, MIXED, "draft"),
    # In review
    Plan("cloud1", 1, BUNDLE, "submit"),
    Plan("stone1", 2, TWO, "submit"),
    Plan("maple2", 1, ONE, "submit"),
    Plan("harbour1", 2, LARGE, "submit claim_review"),
    Plan("lake1", 3, MIXED, "submit claim_review"),
    Plan("cloud1", 6, TWO, "submit send_back submit"),
    Plan("stone1", 9, MIXED, "submit send_back submit send_back submit"),
    # Back with the applicant
    Plan("maple1", 4, TWO, "submit send_back"),
    Plan("harbour1", 8, BUNDLE, "submit send_back"),
    Plan("lake1", 11, TWO, "submit send_back submit send_back draft"),
    # To be paid
    Plan("cloud1", 3, BUNDLE, TO_PAYMENT),
    Plan("stone1", 4, LARGE, TO_PAYMENT),
    Plan("maple2", 5, ONE, TO_PAYMENT + "ask"),
    Plan("lake1", 6, TWO, TO_PAYMENT + "ask"),
    Plan("harbour1", 7, TWO, TO_PAYMENT + "ask allow"),
    Plan("cloud1", 8, TWO, TO_PAYMENT + "ask refuse"),
    # A personal payment that nobody had allowed
    Plan("stone1", 7, TWO, TO_PAYMENT + "pay_personally"),
    Plan("maple1", 9, ONE, TO_PAYMENT + "pay_personally refund"),
    Plan("lake1", 10, TWO, TO_PAYMENT + "pay_personally accept"),
    # Is the money there?
    Plan("harbour1", 5, BUNDLE, TO_FINANCE),
    Plan("cloud1", 6, MIXED, TO_FINANCE),
    Plan("stone1", 8, TWO, TO_PAYMENT + "pay_by_other"),
    Plan("maple2", 9, TWO, TO_FINANCE + "voucher_back"),
    # Invoice and keys are being made
    Plan("lake1", 9, TWO, TO_PREPARATION),
    Plan("cloud1", 10, LARGE, TO_PREPARATION + "invoice"),
    Plan("harbour1", 11, BUNDLE, TO_PREPARATION + "keys"),
    Plan("maple1", 12, MIXED, TO_PREPARATION + "claim_production"),
    # On the way
    Plan("stone1", 13, TWO, TO_SHIPMENT),
    Plan("maple2", 14, BUNDLE, TO_DELIVERY),
    Plan("lake1", 15, MIXED, TO_DELIVERY),
    Plan("cloud1", 16, TWO, TO_DELIVERY + "parcel_back"),
    Plan("harbour1", 18, TWO, TO_DELIVERY + "parcel_back ship"),
    # Done
    Plan("maple1", 16, TWO, TO_THE_END),
    Plan("lake1", 18, BUNDLE, TO_THE_END),
    Plan("cloud1", 20, LARGE, TO_THE_END),
    Plan("stone1", 21, TWO, "submit send_back submit approve pay confirm keys invoice ship receive"),
    Plan("harbour1", 23, MIXED, TO_PAYMENT + "ask allow pay_personally confirm invoice keys ship receive"),
    Plan("maple2", 26, ONE, TO_PAYMENT + "pay_by_other confirm invoice keys ship receive"),
    # Ended otherwise
    Plan("stone1", 12, TWO, "submit reject"),
    Plan("harbour1", 17, ONE, "submit send_back submit reject"),
    Plan("maple1", 5, TWO, "submit withdraw"),
    Plan("lake1", 13, LARGE, TO_PAYMENT + "withdraw"),
    Plan("cloud1", 19, TWO, "submit send_back cancel"),
)
