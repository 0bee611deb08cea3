"""Random processes with everything in them, driven at random, saved and restored at every step: as the oracle says."""

import random
from collections import Counter

import pytest
from diagrams import MAIN, NOW, Case, define, draw
from oracle_levels import Game
from weaving import CHECK, GreatWeaver

from workflows.engine import AddSigner, Complete, Correlate, EngineError, RemoveSigner, Return, lint_model

WORDS = ["default", "default", "default", "again", "other", "both"]
VOTERS = ["ann", "bob", "cy"]


class Run:
    """One random process on the engine and on the oracle."""

    def __init__(self, seed: int, depth: int) -> None:
        self.seed = seed
        weaver = GreatWeaver(seed)
        self.lines = weaver.process(depth)
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
        self.did: Counter[str] = Counter()
        called = {"check": define(CHECK)}
        rules = {one.rule for one in lint_model({MAIN: draw(self.lines, weaver.properties)}, calls=called)}
        assert rules <= {"model_too_tangled"}, f"seed {seed}: {rules}\n{self.lines}"
        self.refused = bool(rules)
        if self.refused:
            return
        definition = define(self.lines, weaver.properties, called)
        self.case = Case(definition, seed=str(seed), signers=VOTERS)
        self.game = Game(self.lines, {"check": CHECK}, weaver.modes, VOTERS)
        self.seen: list[str] = []

    def play(self, steps: int) -> Counter[str]:
        if self.refused:
            return Counter({"refused": 1})
        for done in range(steps):
            self.compare(done)
            if self.case.step.ended:
                self.did["ended"] += 1
                break
            self.act()
        return self.did

    def compare(self, done: int) -> None:
        case, game, at = (
            self.case,
            self.game,
            f"seed {self.seed}, step {done}, {dict(self.did)}\n{self.lines}",
        )
        assert case.open == game.open(), at
        assert case.set == sorted(game.events("timer") + game.events("cycle")), at
        assert sorted(one.element_id for one in case.awaited.values()) == game.events("message"), at
        assert case.step.ended == game.ended(), at
        assert case.step.error == game.failed, at
        assert case.step.ended or case.open or case.set or case.awaited, f"stuck: {at}"
        self.seen += [name for name in case.open if name not in self.seen]

    def act(self) -> None:
        case, chance = self.case, self.chance
        ways = ["complete"] * (8 if case.open else 0) + ["fire"] * (1 if case.set else 0)
        ways += ["message"] * (2 if case.awaited else 0) + ["back", "signers", "signers"] * (
            1 if case.open else 0
        )
        way = chance.choice(ways)
        getattr(self, way)()

    def complete(self) -> None:
        name = self.chance.choice(self.case.open)
        local = name.rpartition(".")[2]
        if local not in self.game.modes:
            outcome = self.chance.choice(WORDS)
            first = self.case.keys[name][0]
            self.case.do(Complete(first, {"outcome": outcome}))
            self.game.complete(name, outcome)
            self.did["complete"] += 1
            return
        _, one = self.game.find(name)
        voter, outcome = (
            self.chance.choice(self.game.signing(one)),
            self.chance.choice(["approve", "approve", "no"]),
        )
        self.case.do(Complete(self.key_of(name, voter), {"outcome": outcome}))
        self.game.vote(name, voter, outcome)
        self.did["vote"] += 1

    def key_of(self, name: str, voter: str) -> str:
        """The key of a signer's part: by name of the task, since one person may sign several."""
        return next(key for key in self.case.keys[name] if self.case.signer_of[key] == voter)

    def fire(self) -> None:
        name = self.chance.choice(self.case.set)
        self.case.fire(name)
        self.case.now = NOW
        self.game.happen(name)
        self.did["fire"] += 1

    def message(self) -> None:
        one = self.chance.choice(list(self.case.awaited.values()))
        self.case.do(Correlate(one.name, key=one.key))
        self.game.happen(one.element_id)
        self.did["message"] += 1

    def signers(self) -> None:
        names = [name for name in self.case.open if name.rpartition(".")[2] in self.game.modes]
        if not names:
            return
        name = self.chance.choice(names)
        _, one = self.game.find(name)
        key, voter = self.case.keys[name][0], self.chance.choice([*VOTERS, "eve", "fay"])
        coming = self.chance.random() < 0.5
        try:
            self.case.do(AddSigner(key, voter) if coming else RemoveSigner(key, voter))
        except EngineError:
            self.did["signer refused"] += 1
            mode, need = self.game.modes[one.node]
            short = len(one.voters) - 1 < (need if mode == "count" else 1)
            assert voter in one.voters if coming else voter not in one.voters or voter in one.votes or short
            return
        if coming:
            one.voters.append(voter)
        else:
            one.voters.remove(voter)
            self.game.judge(name)
        self.did["signer"] += 1

    def back(self) -> None:
        name, target = self.chance.choice(self.case.open), self.chance.choice(self.seen)
        try:
            self.case.do(Return(self.case.keys[name][0], target))
        except EngineError as refused:
            self.did[f"return {refused.params['reason']}"] += 1
            return
        self.game.send_back(name, target)
        self.did["return"] += 1


def many(first: int, count: int, depth: int) -> Counter[str]:
    print(f"seeds {first} to {first + count - 1}, depth {depth}")  # noqa: T201 - shown when it fails
    total: Counter[str] = Counter()
    for seed in range(first, first + count):
        total += Run(seed, depth).play(40)
    return total


@pytest.mark.parametrize("part", range(4))
def test_random_processes_with_everything_run_as_the_oracle_says(part: int) -> None:
    total = many(part * 10_000, 450, depth=2)
    total += many(part * 10_000 + 5_000, 60, depth=3)
    for kind in ("ended", "complete", "vote", "fire", "message", "signer", "return"):
        assert total[kind] > 10, total
    assert total["refused"] < total["ended"] / 50, total


@pytest.mark.slow
@pytest.mark.parametrize("part", range(40))
def test_tens_of_thousands_of_random_processes_run_as_the_oracle_says(part: int) -> None:
    many(1_000_000 + part * 1_000, 400, depth=2)
    many(1_500_000 + part * 1_000, 100, depth=3)
