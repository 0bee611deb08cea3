"""What a step of the engine costs after ten and after a thousand rounds: `zhupi bench step --loops 10,1000 --json`.

One process with a send-back loop around a parallel split that holds an inclusive join within an inclusive join, a
sub-process, a call activity and a countersigned task with three signers. A round is walked to the send-back by person
after person, every step from the stored bytes. ``cpu_ms`` is the median CPU time of a step over the last rounds,
``median_ms`` the wall clock's. With `--case-bytes 20000,500000` it measures the steps of cases with so much in their
earlier answers instead (``case.py``).
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from diagrams import Case, define

from tests.bench.rows import numbers, write

LINES = """
    start -> application -> p_1
    p_1 -> legal -> o_1
    o_1 -> law when legal.outcome = "law"
    law -> o_3
    o_3 -> tax when law.outcome = "both"
    tax -> o_4
    o_3 -> labour when law.outcome = "both"
    labour -> o_4
    o_3 => o_4
    o_4 -> o_2
    o_1 -> price when legal.outcome = "law"
    price -> o_2
    o_1 => plain
    plain -> o_2
    o_2 -> p_2
    p_1 -> sub_1 -> p_2
    sub_1: start_1 -> check -> proof -> end_1
    p_1 -> call_1 -> p_2
    @ call_1 calls opinion
    p_1 -> sign -> p_2
    p_2 -> decide -> x_1
    x_1 -> application when decide.outcome = "again"
    x_1 => end
"""
CALLED = "start -> review -> end"
SIGNERS = ("ann", "bob", "cy")
MEASURED_ROUNDS = 30


def make_case() -> Case:
    """A case at its first task."""
    properties = {"sign": {"countersign": "all"}, "call_1": {"output.verdict": "review.outcome"}}
    return Case(define(LINES, properties, calls={"opinion": define(CALLED)}), signers=SIGNERS)


def walk(case: Case, wall: list[float], cpu: list[float]) -> None:
    """One round, to the send-back; the time of each step is put to the lists."""

    def timed(step: Any, *given: Any, **values: Any) -> None:
        begun, used = time.perf_counter(), time.process_time()
        step(*given, **values)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)

    timed(case.complete, "application", amount=1)
    timed(case.complete, "legal", outcome="law")
    timed(case.complete, "law", outcome="both")
    for name in ("price", "labour", "tax", "check", "proof", "call_1.review"):
        timed(case.complete, name, outcome="fine")
    for signer in SIGNERS:
        timed(case.sign, signer)
    timed(case.complete, "decide", outcome="again")


def measure(loops: int) -> dict[str, float | int]:
    """Walk ``loops`` rounds and give the figures of the last ones."""
    case = make_case()
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(max(loops - MEASURED_ROUNDS, 0)):
        walk(case, [], [])
    for _ in range(MEASURED_ROUNDS):
        walk(case, wall, cpu)
    return {
        "loops": loops,
        "median_ms": round(statistics.median(wall), 3),
        "cpu_ms": round(statistics.median(cpu), 3),
        "state_bytes": len(case.step.state),
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    if "--case-bytes" in words:
        from tests.bench.case import measure_cases

        rows = measure_cases(numbers(words, "--case-bytes", "20000,500000"))
    else:
        rows = [measure(count) for count in numbers(words, "--loops", "10,1000")]
    write(rows, as_json="--json" in words)
