"""Countersigning: who signs, what the signatures come to, and signers who come and go (rule 12)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from workflows.engine.errors import EngineError, Fault
from workflows.engine.model import Element
from workflows.engine.results import Signature, SignersRequest
from workflows.engine.state import Series
from workflows.engine.step import Step
from workflows.engine.values import Value

MAX_SIGNERS = 200


def signers(step: Step, key: str, element: Element, context: dict[str, Value]) -> list[Value]:
    """Who signs: the list of the property ``signers``, else a fact. Each once; nobody at all is an error."""
    text = element.properties.get("signers")
    found: Value
    if text is not None:
        found = list(step.listed(element, text, context, MAX_SIGNERS))
    else:
        found = step.signers(SignersRequest(key, element.id, element.lane))
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise EngineError(
            Fault.LIST_WANTED, f"The signers of {element.id} are no list of texts.", element=element.id
        )
    once: list[Value] = list(dict.fromkeys(found))
    _check(element, len(once))
    return once


def _check(element: Element, count: int) -> None:
    if not count:
        raise EngineError(Fault.COUNTERSIGN_EMPTY, f"{element.id} would have no signer.", element=element.id)
    if count > MAX_SIGNERS:
        raise EngineError(
            Fault.LIST_TOO_LONG, f"{element.id} has over {MAX_SIGNERS} signers.", element=element.id
        )
    if element.countersign == "count" and int(element.properties["count"]) > count:
        message = f"{element.id} needs {element.properties['count']} signatures of {count} signers."
        raise EngineError(Fault.COUNTERSIGN_WRONG, message, element=element.id)


def words(element: Element) -> tuple[str, str, str | None]:
    """The outcomes that count: consent, what no consent comes to, and the veto."""
    veto = element.properties.get("veto")
    return (
        element.properties.get("agree", "approve"),
        element.properties.get("refuse", veto or "reject"),
        veto,
    )


def outcome_of(value: Value) -> str | None:
    """The outcome of one signature."""
    outcome = value.get("outcome") if isinstance(value, dict) else None
    return outcome if isinstance(outcome, str) else None


def verdict(element: Element, series: Series) -> str | None:
    """The outcome of the whole as soon as it is certain, None before.

    Consent is certain when enough have given it, refusal when too few can still give it, or with the first veto.
    """
    agree, refuse, veto = words(element)
    given = [outcome_of(value) for _, value in series.results]
    if veto is not None and veto in given:
        return veto
    total = len(series.items) - len(series.gone)
    if total < 1:
        return refuse  # nobody's consent is no consent
    yes, still = given.count(agree), total - len(given)
    mode = element.countersign
    if mode == "any":
        need = Fraction(1)
    elif mode == "count":
        need = Fraction(int(element.properties["count"]))
    elif mode == "ratio":
        need = Fraction(element.properties["ratio"]) * total
    else:
        need = Fraction(total)
    if yes >= need:
        return agree
    return refuse if yes + still < need else None


def tally(element: Element, series: Series) -> dict[str, Value]:
    """The state of the signatures as conditions read it under the element's id."""
    counts: dict[str, int] = {}
    signed: list[Value] = []
    for index, value in series.results:
        outcome = outcome_of(value)
        counts[outcome or ""] = counts.get(outcome or "", 0) + 1
        signed.append({"signer": series.items[index], "outcome": outcome})
    total, done = len(series.items) - len(series.gone), len(series.results)
    result = verdict(element, series)
    return {
        "outcome": result,
        "nr_of_instances": Decimal(total),
        "nr_of_completed": Decimal(done),
        "nr_of_active": Decimal(0 if result else _active(element, total, done)),
        "tallies": {name: Decimal(count) for name, count in sorted(counts.items())},
        "signed": signed,
    }


def _active(element: Element, total: int, done: int) -> int:
    return min(1, total - done) if element.countersign == "sequential" else total - done


def _find(series: Series, signer: str) -> int | None:
    for index, item in enumerate(series.items):
        if item == signer and index not in series.gone:
            return index
    return None


def signatures(series: Series) -> tuple[Signature, ...]:
    """Who signs, in order, without those who were taken away."""
    done = {index: outcome_of(value) for index, value in series.results}
    return tuple(
        Signature(str(signer), "signed", done[index])
        if index in done
        else Signature(str(signer), "open" if index < series.begun else "later")
        for index, signer in enumerate(series.items)
        if index not in series.gone
    )


def add(element: Element, series: Series, signer: str) -> None:
    """Put a signer at the end of the list."""
    if not signer or _find(series, signer) is not None:
        raise EngineError(Fault.SIGNER_TWICE, f"{element.id} has that signer already.", element=element.id)
    if len(series.items) - len(series.gone) >= MAX_SIGNERS:
        raise EngineError(Fault.SIGNERS_FULL, f"{element.id} has {MAX_SIGNERS} signers.", element=element.id)
    series.items.append(signer)


def remove(element: Element, series: Series, signer: str) -> int:
    """Take a signer away who has not signed; return the index of the run that was theirs."""
    index = _find(series, signer)
    if index is None:
        raise EngineError(Fault.SIGNER_UNKNOWN, f"{element.id} has no such signer.", element=element.id)
    if any(done == index for done, _ in series.results):
        raise EngineError(Fault.SIGNER_DONE, f"That signer of {element.id} has signed.", element=element.id)
    needed = int(element.properties["count"]) if element.countersign == "count" else 1
    if len(series.items) - len(series.gone) <= needed:
        raise EngineError(
            Fault.SIGNER_NEEDED, f"{element.id} needs {needed} signers.", element=element.id, needed=needed
        )
    series.gone.append(index)
    return index


def whole_of(live: Any, key: str) -> Any:
    """The countersigned task behind its own key or that of one of its signers. Raises not_countersigned."""
    task = live.by_key.get(key)
    if task is not None and live.is_live(task):
        if task.internal_data["index"] is not None:
            task = live.by_key[task.internal_data["within"]]
        if live.element(task).countersign is not None:
            return task
    raise EngineError(Fault.NOT_COUNTERSIGNED, f"No countersigned task is open under {key}.", key=key)
