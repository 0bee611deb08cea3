"""Random processes with everything in them, driven at random, saved, restored and replayed: as the oracle says.

Each run is one process and up to forty commands, many of which must be refused and then change nothing. After each step
what is open, set, awaited and thrown, the end and an uncaught error are compared with the oracle's. At last the events
of the run are replayed as a journal is, and some are falsified: the first difference must be found where it is.
"""

import random
from collections import Counter
from decimal import Decimal

import pytest
from diagrams import NOW, define
from falsified import falsify
from oracle_levels import Game
from recorded import Recorded
from weaving import CALLED, CHECK, OUTER, GreatWeaver

from workflows.engine import (
    AddSigner,
    Cancel,
    Command,
    Complete,
    Correlate,
    EngineError,
    Fail,
    Fire,
    ModelRefused,
    RemoveSigner,
    Return,
)
from workflows.engine.codec import decode_state, encode_state
from workflows.replay import replay

WORDS = ["default", "default", "again", "other", "both"]
VOTERS = ["ann", "bob", "cy"]
STRANGE: list[object] = [
    "typename", {"typename": "Decimal", "__class__": "x"}, Decimal("1E+390"), Decimal("0." + "7" * 190), Decimal("-0.000"), [], {},
    {"a": {"b": [{"c": [None, True, "\x00", "'; --"]}]}}, ["__import__('os')"], "R/P1D", 7,
]  # fmt: skip
NAMES = ["typename", "__class__", "outcome.x", "nr_of_instances", "facts", "input", "signers", "results", "", "due:1", "tokens"]
LOCAL = NOW.replace(tzinfo=None)
NO_VALUES: list[object] = [LOCAL, 1.5, float("nan"), Decimal("NaN"), Decimal("1E+6000"), 10**900, b"bytes", {1: "number"}, {"a": {"b"}}, "\ud800", [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]


class Run:
    """One random process on the engine and on the oracle."""

    def __init__(self, seed: int, depth: int) -> None:
        self.seed = seed
        self.weaver = weaver = GreatWeaver(seed)
        self.lines = weaver.process(depth)
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
        self.did: Counter[str] = Counter()
        self.log: list[str] = []
        inner = define(CHECK)
        called = {"check": inner, "outer": define(OUTER, calls={"check": inner})}
        try:
            definition = define(self.lines, weaver.properties, called)
        except ModelRefused as refused:
            rules = {one.rule for one in refused.findings}
            assert rules <= {"model_too_tangled", "entered_twice"}, f"seed {seed}: {rules}\n{self.lines}"
            self.refused = True
            return
        self.refused = False
        self.case = Recorded(definition, seed=str(seed), signers=VOTERS)
        self.game = Game(self.lines, CALLED, weaver.modes, VOTERS)
        self.seen: list[str] = []

    def play(self, steps: int) -> Counter[str]:
        if self.refused:
            return Counter({"refused": 1})
        for _ in range(steps):
            self.compare()
            if self.case.step.ended:
                self.did["ended"] += 1
                break
            self.act()
        self.compare()
        self.play_again()
        return self.did

    def at(self) -> str:
        """What to print when it fails: enough to play the run by hand."""
        return f"seed {self.seed}\n{self.lines}\n" + "\n".join(self.log)

    def compare(self) -> None:
        case, game = self.case, self.game
        self.places = case.places()
        self.keys: dict[str, list[str]] = {}
        for element, keys in case.keys.items():
            for key in keys:
                path = self.places[key]
                if element.rpartition(".")[2] in game.modes:
                    path = path.rpartition("/")[0]  # the parts of a countersigned task are told apart by their signers
                self.keys.setdefault(path, []).append(key)
        self.open = sorted(path for path, keys in self.keys.items() for _ in keys)
        waits = [(one, f"{self.places[one.host]}!{one.element_id}") for one in case.waits()]
        self.timers = {one.key: path for one, path in waits if one.due is not None}
        self.messages = {one.key: path for one, path in waits if one.due is None}
        assert {one.key for one, _ in waits} == case.timers.keys() | case.awaited.keys(), self.at()
        assert self.open == game.open(), self.at()
        assert sorted(self.timers.values()) == game.events("timer", "cycle"), self.at()
        assert sorted(self.messages.values()) == game.events("message"), self.at()
        assert case.step.ended == game.ended(), self.at()
        assert case.step.error == game.failed, self.at()
        assert Counter(one.name for one in case.thrown) == game.thrown, self.at()
        assert case.step.ended or self.open or self.timers or self.messages, f"stuck: {self.at()}"
        assert encode_state(decode_state(case.step.state)) == case.step.state, self.at()
        self.seen += [name for name in case.open if name not in self.seen]

    def act(self) -> None:
        chance = self.chance
        ways = ["complete"] * (16 if self.open else 0) + ["fire"] * (2 if self.timers else 0)
        ways += ["message"] * (4 if self.messages else 0) + ["wrong", "wrong"]
        if self.open:
            ways += ["back", "back", "signers", "signers", "fail", "fail", "late", "bad_values"]
        if chance.random() < 0.004:
            ways = ["cancel"]
        getattr(self, chance.choice(ways))()

    # -- commands that are made ---------------------------------------------------------------------------------------

    def do(self, command: Command, what: str) -> None:
        self.log.append(what)
        self.case.do(command)

    def refuse(self, command: Command, *codes: str) -> None:
        """The command must be refused, and the stored state is still the truth."""
        case = self.case
        before = (case.step, case.step.state, len(case.events_so_far()))
        with pytest.raises(EngineError) as refused:
            case.do(command)
        assert refused.value.code in codes, f"{refused.value.code} is none of {codes}: {command}\n{self.at()}"
        assert (case.step, case.step.state, len(case.events_so_far())) == before
        self.did["must not"] += 1

    def values(self, outcome: str) -> tuple[dict[str, object], int]:
        count = self.chance.choice([0, 1, 2, 2, 3])
        values: dict[str, object] = {"outcome": outcome, "people": ["p"] * count, "n": count}
        if self.chance.random() < 0.3:
            values[self.chance.choice(NAMES)] = self.chance.choice(STRANGE)
        return values, count

    def complete(self) -> None:
        path = self.chance.choice(self.open)
        local = self.local(path)
        key = self.keys[path][0]
        if local not in self.game.modes:
            outcome = self.chance.choice(WORDS)
            values, count = self.values(outcome)
            self.do(Complete(key, values), f"{path}={outcome} {count}")
            self.game.complete(path, outcome, count)
            self.did["complete"] += 1
            if self.chance.random() < 0.2:
                self.refuse(Complete(key, values), "task_not_open")
            return
        _, _, one = self.game.find(path)
        voter = self.chance.choice(self.game.signing(one))
        outcome = self.chance.choice(["approve", "approve", "no"])
        key = next(key for key in self.keys[path] if self.case.signer_of[key] == voter)
        self.do(Complete(key, {"outcome": outcome}), f"{path}:{voter}={outcome}")
        self.game.vote(path, voter, outcome)
        self.did["vote"] += 1

    def local(self, path: str) -> str:
        return path.rpartition("/")[2].rpartition(".")[2].partition("#")[0]

    def fire(self) -> None:
        key = self.chance.choice(sorted(self.timers))
        path = self.timers[key]
        self.refuse(Fire(key), "timer_not_due")
        self.case.now = self.case.timers[key].due
        self.do(Fire(key), f"!{path}")
        self.refuse(Fire(key), "task_not_open")
        self.case.now = NOW
        self.game.happen(path)
        self.did["fire"] += 1

    def message(self) -> None:
        key = self.chance.choice(sorted(self.messages))
        path, name = self.messages[key], self.case.awaited[key].name
        same = [one for one in self.case.awaited.values() if one.name == name]
        if len(same) > 1:
            self.refuse(Correlate(name), "message_ambiguous")
        self.refuse(Correlate(name, correlation="x", key=key), "message_not_awaited")
        self.do(Correlate(name, {"n": 1}, key=key if len(same) > 1 else None), f"!{path}")
        self.game.happen(path)
        self.did["message"] += 1

    def signers(self) -> None:
        paths = [path for path in self.open if self.local(path) in self.game.modes]
        if not paths:
            self.refuse(AddSigner(self.keys[self.open[0]][0], "eve"), "not_countersigned")
            return
        path = self.chance.choice(paths)
        _, _, one = self.game.find(path)
        key, voter = self.keys[path][0], self.chance.choice([*VOTERS, "eve", "fay"])
        mode, need = self.game.modes[one.node]
        if self.chance.random() < 0.5:
            if voter in one.voters:
                self.refuse(AddSigner(key, voter), "signer_twice")
                return
            self.do(AddSigner(key, voter), f"{path}+{voter}")
            one.voters.append(voter)
        else:
            short = len(one.voters) - 1 < (need if mode == "count" else 1)
            if voter not in one.voters or voter in one.votes or short:
                self.refuse(RemoveSigner(key, voter), "signer_unknown", "signer_done", "countersign_empty", "signer_needed")
                return
            self.do(RemoveSigner(key, voter), f"{path}-{voter}")
            one.voters.remove(voter)
            self.game.judge(path)
        self.did["signer"] += 1

    def back(self) -> None:
        path, target = self.chance.choice(self.open), self.chance.choice([*self.seen, *self.seen, "nothing"])
        before = self.case.step
        try:
            self.do(Return(self.keys[path][0], target), f"<{path}>{target}")
        except EngineError as refused:
            reason = refused.params.get("reason") if refused.code == "return_refused" else refused
        else:
            self.game.send_back(path, target)
            self.did["return"] += 1
            return
        assert isinstance(reason, str), f"{reason}\n{self.at()}"
        self.did[f"return {reason}"] += 1
        self.log.pop()
        assert self.case.step is before

    def fail(self) -> None:
        services = [path for path in self.open if self.local(path).startswith("s_")]
        if not services or self.chance.random() < 0.3:
            return
        path, code = self.chance.choice(services), self.chance.choice(["wrong", "wrong", "other"])
        self.do(Fail(self.keys[path][0], code), f"{path}!!{code}")
        self.game.fail(path, code)
        self.did["fail"] += 1

    def cancel(self) -> None:
        self.do(Cancel(), "cancel")
        self.game.root.clear()
        self.did["cancel"] += 1

    # -- commands that are refused ------------------------------------------------------------------------------------

    def wrong(self) -> None:
        """Keys of nothing, of what is no task, of what is over; messages and timers that nobody knows."""
        chance, tasks = self.chance, {key for keys in self.keys.values() for key in keys}
        others = [key for key in [*self.places, *self.timers, *self.messages] if key not in tasks]
        key = chance.choice([*others, "", "x", "0" * 32, "' or 1=1"])
        self.refuse(Complete(key, {"outcome": "default"}), "task_not_open")
        self.refuse(chance.choice([Fail(key, "wrong"), Return(key, "t1")]), "task_not_open")
        if key not in self.timers:
            self.refuse(Fire(key), "task_not_open")
        self.refuse(Correlate(chance.choice(["nobody", "", "said"])), "message_not_awaited")

    def late(self) -> None:
        """A day later: what a timer would have cut off is not completed."""
        path = self.chance.choice(self.open)
        self.case.now = NOW.replace(year=NOW.year + 1)
        if self.game.is_late(path):
            self.refuse(Complete(self.keys[path][0], {"outcome": "default"}), "timer_due")
            self.did["late"] += 1
        self.case.now = NOW

    def bad_values(self) -> None:
        """What no step may take, and lists that are none."""
        path = self.chance.choice(self.open)
        value = self.chance.choice(NO_VALUES)
        self.refuse(Complete(self.keys[path][0], {"outcome": "default", "n": 0, "x": value}), "value_not_supported", "value_too_large")
        host = self.weaver.lists.get(self.local(path))
        if host is not None and "each" in self.weaver.repeats[host]:
            self.refuse(Complete(self.keys[path][0], {"outcome": "default", "n": 0, "people": "everybody"}), "list_wanted")
            self.did["no list"] += 1

    # -- the journal --------------------------------------------------------------------------------------------------

    def play_again(self) -> None:
        events, definition = self.case.events(), self.case.definition
        assert replay(definition, events) is None, self.at()
        if self.seed % 7 == 0:
            how, seq, changed = falsify(events, self.chance)
            found = replay(definition, changed)
            assert found is not None, f"{how} at {seq} was not found\n{self.at()}"
            assert found.seq == seq, f"{how} at {seq} was found at {found}\n{self.at()}"
            self.did[f"false {how}"] += 1


def many(first: int, count: int, depth: int) -> Counter[str]:
    print(f"seeds {first} to {first + count - 1}, depth {depth}")  # noqa: T201 - shown when it fails
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        total += Run(seed, depth).play(40)
    return total


@pytest.mark.parametrize("part", range(4))
def test_random_processes_with_everything_run_as_the_oracle_says(part: int) -> None:
    total = many(part * 10_000, 480, depth=2)
    total += many(part * 10_000 + 5_000, 60, depth=3)
    for kind in ("complete", "vote", "fire", "message", "signer", "return", "fail", "return not_before", "must not"):
        assert total[kind] > 5, total
    for kind in ("late", "cancel", *(f"false {how}" for how in ("digest", "marking", "values", "facts", "seed"))):
        assert total[kind], total
    assert total["refused"] < total["ended"] / 50, total


@pytest.mark.slow
@pytest.mark.parametrize("part", range(40))
def test_tens_of_thousands_of_random_processes_run_as_the_oracle_says(part: int) -> None:
    many(1_000_000 + part * 1_000, 500, depth=2)
    many(1_500_000 + part * 1_000, 100, depth=3)
