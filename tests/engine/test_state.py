"""How a state is kept: nothing interpreted, nothing lost, nothing finished, and every old codec readable (rules 4, 5, 13)."""

import hashlib
import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from diagrams import MAIN, NOW, Case, define
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine import (
    AddSigner,
    Advance,
    Command,
    Complete,
    Correlate,
    Definition,
    EngineError,
    Fire,
    RemoveSigner,
    Return,
    advance,
    parse_definition,
    start,
)
from workflows.engine.codec import CODEC_VERSION, decode_state, encode_state, tag, untag
from workflows.engine.digest import digest_of
from workflows.engine.results import ENGINE_VERSION
from workflows.engine.state import Series, State, Token, Wait
from workflows.engine.values import MAX_DIGITS, Value, clean, number_text

GOLDEN = Path(__file__).parent / "golden"
LOOP = """
    start -> application -> p_1
    p_1 -> legal -> p_2
    p_1 -> finance -> p_2
    p_2 -> review -> x_ok
    x_ok -> application when review.outcome = "again"
    x_ok => end
"""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES = (
    st.none()
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda n: has_few_digits(n))
    | TEXTS
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
)


def has_few_digits(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    return len(digits) + abs(int(exponent)) <= MAX_DIGITS


VALUES = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3), max_leaves=12
)


@given(VALUES)
@settings(max_examples=400, deadline=None, print_blob=True)
def test_every_value_comes_back_as_it_was(value: Value) -> None:
    value = clean(value)
    state = State("d", scope={"a": value})
    back = decode_state(encode_state(state)).scope["a"]
    assert back == value
    assert repr(back) == repr(value)


@given(VALUES, VALUES)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_equal_values_and_only_those_have_equal_digests(first: Value, second: Value) -> None:
    one, two = (digest_of(State("d", scope={"a": value})) for value in (first, second))
    assert digest_of(State("d", scope={"a": untag(tag(first))})) == one
    if one == two:
        assert kinds(first) == kinds(second)


def kinds(value: Value) -> object:
    """A value with null parts of contexts left out and instants in UTC, kinds kept apart."""
    if isinstance(value, dict):
        return {name: kinds(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [kinds(part) for part in value]
    return (type(value).__name__, value)


@pytest.mark.parametrize(
    "value",
    [
        {"typename": "set", "items": []},
        {"__class__": "os.system"},
        ["s", "text"],
        ["m", [["a", 1]]],
        "zhupi-state 1\n{}",
        '{"tokens": []}',
        {"": {"": ""}},
        "Decimal('1')",
    ],
)
def test_nothing_in_user_data_is_interpreted(value: object) -> None:
    definition = define(LOOP)
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    step = advance(
        definition,
        first.state,
        Complete(first.opened[0].key, {"v": value, "typename": value}),
        now=NOW,
        seed="s",
        facts={},
    )
    assert isinstance(step, Advance)
    key = step.opened[0].key
    later = advance(definition, step.state, Complete(key), now=NOW, seed="s", facts={})
    assert isinstance(later, Advance)
    assert later.control["application"] == {"v": _numbers(value), "typename": _numbers(value)}


def _numbers(value: object) -> object:
    if isinstance(value, dict):
        return {name: _numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_numbers(part) for part in value]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"zhupi-state 3\n{}", b"zhupi-state 2\n{}", b"zhupi-state 1\n", b"zhupi-state 1\n{}", b"zhupi-state 1\n[]", b"\x80\x04K\x01.",
     b'zhupi-state 1\n{"definition":"d","drawn":0,"ended":false,"end_event":null,"rounds":[],"tokens":[["a"]],"scope":[]}',
     b'zhupi-state 1\n{"definition":"d","drawn":0,"ended":false,"end_event":null,"rounds":[],"tokens":[],"scope":[["a",["x","y"]]]}',
     b"zhupi-state 1\n" + b"[" * 100_000],
)  # fmt: skip
def test_damaged_states_are_refused_by_code(content: bytes) -> None:
    with pytest.raises(EngineError) as refused:
        decode_state(content)
    assert refused.value.code in {"state_unreadable", "state_codec_unknown"}


def test_tokens_keep_their_order() -> None:
    tokens = [Token("b", "x", 2, "k1"), Token("a", "y", 1, None), Token("b", "z", 3, "k0")]
    assert decode_state(encode_state(State("d", tokens=tokens))).tokens == tokens


def test_only_live_tokens_are_stored() -> None:
    case = Case(define(LOOP))
    for _ in range(3):
        for name in ("application", "legal", "finance"):
            case.complete(name)
        case.complete("review", outcome="again")
    body = json.loads(case.step.state.partition(b"\n")[2])
    assert [token[:3] for token in body["tokens"]] == [["application", "x_ok", 4]]


def test_the_hash_in_a_step_is_that_of_its_state() -> None:
    step = Case(define(LOOP)).step
    assert step.state_sha256 == hashlib.sha256(step.state).hexdigest()
    assert (step.codec_version, step.engine_version) == (CODEC_VERSION, ENGINE_VERSION)


# -- the digest ---------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_documented_form() -> None:
    """docs/digest.md shows this text and this hash."""
    state = State(
        "any", drawn=9, rounds={"review": 2, "application": 2},
        tokens=[Token("review", "application", 2, "key")],
        scope={"application": {"amount": Decimal("12.50"), "day": date(2026, 2, 28), "note": None}, "review": None},
    )  # fmt: skip
    text = (
        '{"control":["context",[["application",["context",[["amount",["number","125E-1"]],'
        '["day",["date","2026-02-28"]]]]]]],"end_event":null,"ended":false,'
        '"rounds":[["application",2],["review",2]],"tallies":[],'
        '"tokens":[["review","application",2,"open"]],"version":1}'
    )
    assert digest_of(state) == "1:" + hashlib.sha256(text.encode()).hexdigest()
    guide = (Path(__file__).parents[2] / "docs" / "digest.md").read_text(encoding="utf-8")
    assert text in guide
    assert digest_of(state).removeprefix("1:") in guide


def test_the_digest_says_nothing_of_keys_codec_or_order() -> None:
    one = State(
        "a",
        drawn=1,
        rounds={"a": 1, "b": 1},
        tokens=[Token("a", "x", 1, "k"), Token("b", "x", 1, "l")],
        scope={"n": Decimal("1.0")},
    )
    two = State(
        "b",
        drawn=7,
        rounds={"b": 1, "a": 1},
        tokens=[Token("b", "x", 1, "m"), Token("a", "x", 1, "n")],
        scope={"n": Decimal("1.00")},
    )
    assert digest_of(one) == digest_of(two)


@pytest.mark.parametrize(
    "other",
    [
        State("d", rounds={"a": 2}, tokens=[Token("a", "x", 1, "k")], scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 2, "k")], scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, None)], scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "y", 1, "k")], scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[], scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, "k")] * 2, scope={"v": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, "k")], scope={"v": Decimal(1)}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, "k")], scope={"w": "1"}),
        State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, "k")], scope={"v": "1"}, ended=True),
    ],
)
def test_the_digest_tells_states_apart(other: State) -> None:
    state = State("d", rounds={"a": 1}, tokens=[Token("a", "x", 1, "k")], scope={"v": "1"})
    assert digest_of(other) != digest_of(state)


def test_one_instant_has_one_form() -> None:
    there = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=8)))
    assert digest_of(State("d", scope={"at": there})) == digest_of(
        State("d", scope={"at": there.astimezone(UTC)})
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [("12.50", "125E-1"), ("0", "0"), ("-0.00", "0"), ("-300", "-3E2"), ("7", "7"), ("1E+6000", "1E6000"), ("0.001", "1E-3"),
     ("123456789012345678901234567890123456789.5", "1234567890123456789012345678901234567895E-1")],
)  # fmt: skip
def test_a_number_has_one_spelling(number: str, text: str) -> None:
    assert number_text(Decimal(number)) == text


def test_the_digest_of_levels_waits_and_series_is_form_2() -> None:
    """docs/digest.md shows this text and this hash."""
    state = State(
        "any", drawn=5, rounds={"sub": 1, "a": 1, "sign": 2},
        tokens=[Token("sub", "start", 1, "k1"), Token("a", "start_1", 1, "k2", "k1"), Token("sign", "a", 2, "k3"), Token("sign", "a", 2, "k4", "k3", 1)],
        scopes={"k1": {"n": Decimal(7)}}, waits=[Wait("k5", "k1", "late", datetime(2026, 3, 1, tzinfo=UTC), "P1D", 2)],
        series={"k3": Series(["ann", "bob"], 2, [(0, {"outcome": "approve"})])},
    )  # fmt: skip
    text = (
        '{"control":["context",[]],"end_event":null,"ended":false,"error":null,"rounds":[["a",1],["sign",2],["sub",1]],'
        '"scopes":[[[["sub",1,null]],["context",[["n",["number","7"]]]]]],'
        '"tallies":[[[["sign",2,null]],["list",[["text","ann"],["text","bob"]]],2,[[0,["context",[["outcome",["text","approve"]]]]]],[]]],'
        '"tokens":[[[["sign",2,null]],"sign","a",2,1,"open"],[[["sub",1,null]],"a","start_1",1,null,"open"],'
        '[[],"sign","a",2,null,"open"],[[],"sub","start",1,null,"open"]],"version":2,'
        '"waits":[[[["sub",1,null]],"late",["date and time","2026-03-01T00:00:00+00:00"],"P1D",2,null]]}'
    )
    assert digest_of(state) == "2:" + hashlib.sha256(text.encode()).hexdigest()
    guide = (Path(__file__).parents[2] / "docs" / "digest.md").read_text(encoding="utf-8")
    assert text in guide
    assert digest_of(state).removeprefix("2:") in guide


# -- golden states ------------------------------------------------------------------------------------------------------


def golden() -> list[Path]:
    return sorted(GOLDEN.glob("v*/*.json"))


@pytest.mark.parametrize("path", golden(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_states_of_every_codec_version_go_on_as_they_did(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    definition = parse_definition({MAIN: path.with_suffix(".bpmn").read_bytes()})
    for before, after in zip(kept["steps"], kept["steps"][1:], strict=False):
        state = before["state"].encode()
        assert digest_of(decode_state(state)) == before["digest"]
        if (path.parent.name, after.get("command", {}).get("kind")) == ("v2", "return"):
            continue  # nobody could return then; since there is a command for it, what runs beside the part goes along
        step = replay(definition, state, after, kept["seed"])
        assert step.digest == after["digest"]
        assert decode_state(step.state) == decode_state(after["state"].encode())
        if path.parent.name == f"v{CODEC_VERSION}":
            assert step.state.decode() == after["state"]


def replay(definition: Definition, state: bytes, after: dict[str, Any], seed: str) -> Advance:
    """Apply the kept command to a kept state."""
    now = datetime.fromisoformat(after.get("now", NOW.isoformat()))
    facts = untag(after.get("facts", ["m", []]))
    assert isinstance(facts, dict)
    step = advance(definition, state, kept_command(state, after), now=now, seed=seed, facts=facts)
    assert isinstance(step, Advance)
    return step


def kept_command(state: bytes, after: dict[str, Any]) -> Command:
    """The command as it was kept; version 1 knew only one kind and named the element."""
    told = after.get("command")
    if told is None:
        key = next(token.key for token in decode_state(state).tokens if token.element_id == after["element"])
        told = {"kind": "complete", "key": key, "values": after["values"]}
    values = untag(told.get("values", ["m", []]))
    assert isinstance(values, dict)
    match told["kind"]:
        case "complete":
            return Complete(told["key"], values)
        case "fire":
            return Fire(told["key"])
        case "add":
            return AddSigner(told["key"], told["signer"])
        case "remove":
            return RemoveSigner(told["key"], told["signer"])
        case "return":
            return Return(told["key"], told["to"])
    return Correlate(told["name"], values, untag(told["correlation"]))


def test_every_codec_version_has_golden_states() -> None:
    assert {path.parent.name for path in golden()} == {f"v{number}" for number in range(1, CODEC_VERSION + 1)}


# -- cost ---------------------------------------------------------------------------------------------------------------


def test_a_step_costs_the_same_after_a_thousand_rounds() -> None:
    case = Case(define(LOOP))

    def rounds(count: int) -> tuple[float, int]:
        """The best time of one round, and the size of the state after it."""
        best = float("inf")
        for _ in range(count):
            begun = time.perf_counter()
            for name in ("application", "finance", "legal"):
                case.complete(name, text="x" * 50)
            case.complete("review", outcome="again")
            best = min(best, time.perf_counter() - begun)
        return best, len(case.step.state)

    early, small = rounds(40)
    rounds(920)
    late, large = rounds(40)
    assert late < early * 2, (
        f"{early * 250:.2f} ms a step before, {late * 250:.2f} ms after a thousand rounds"
    )
    assert large - small < 40, "only the digits of counters may grow"
