"""What a step of the engine costs after ten and after a thousand rounds: `zhupi bench step --loops 10,1000 --json`.

One process with a send-back loop around a parallel split that holds an inclusive join, a sub-process, a call activity
and a countersigned task with three signers. A round is walked to the send-back by person after person, every step from
the stored bytes. ``cpu_ms`` is the median CPU time of a step over the last rounds, ``median_ms`` the wall clock's.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from diagrams import Case, define

LINES = """
    start -> application -> p_1
    p_1 -> legal -> o_1
    o_1 -> law -> o_2
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


def make_case(size: int) -> Case:
    """A case whose control data holds about ``size`` bytes."""
    definition = define(
        LINES.replace("o_1 -> law -> o_2", 'o_1 -> law when legal.outcome = "law"\n    law -> o_2'),
        {"sign": {"countersign": "all"}, "call_1": {"output.verdict": "review.outcome"}},
        calls={"opinion": define(CALLED)},
    )
    return Case(definition, signers=SIGNERS, notes=["x" * 100] * (size // 100))


def walk(case: Case, wall: list[float], cpu: list[float]) -> None:
    """One round, to the send-back; the time of each step is put to the lists."""

    def timed(step: Any, *given: Any, **values: Any) -> None:
        begun, used = time.perf_counter(), time.process_time()
        step(*given, **values)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)

    timed(case.complete, "application", amount=1)
    timed(case.complete, "legal", outcome="law")
    for name in ("law", "check", "proof", "call_1.review"):
        timed(case.complete, name, outcome="fine")
    for signer in SIGNERS:
        timed(case.sign, signer)
    timed(case.complete, "decide", outcome="again")


def measure(loops: int, size: int = 0) -> dict[str, float | int]:
    """Walk ``loops`` rounds and give the figures of the last ones."""
    case = make_case(size)
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
        "state_bytes": len(case.step.state) - size,
    }


def main(loops: list[int], *, as_json: bool) -> None:
    """Measure and write the rows."""
    rows = [measure(count) for count in loops]
    write = sys.stdout.write
    if as_json:
        write(json.dumps(rows) + "\n")
        return
    for row in rows:
        write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    words = sys.argv[1:]
    wanted = words[words.index("--loops") + 1] if "--loops" in words else "10,1000"
    main([int(count) for count in wanted.split(",")], as_json="--json" in words)
