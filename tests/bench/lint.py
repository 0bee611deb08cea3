"""What judging a model costs: `zhupi bench lint --json`. Targets: 50 ms for 50 elements, 2 s for the largest accepted.

``typical`` has 50 elements. ``largest`` has 400 elements and 1,000 flows, conditions on most of them, and decision
tables up to what all tables of a package may hold. ``tangled`` is the drawing that takes longest to prove: it is refused.
Each is judged in a fresh form, so that nothing compiled before helps.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from diagrams import MAIN, draw

from tests.bench.rows import write
from workflows.engine import lint_model
from workflows.engine.decisions.vocabulary import MAX_CELLS, MAX_CHARACTERS, MAX_RULES
from workflows.engine.reading import MAX_FLOWS, MAX_NODES

RUNS = 9
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def typical(turn: int) -> dict[str, bytes]:
    """Steps in a row with a choice and a send-back each, one parallel part: 50 elements."""
    lines = ["start -> t0"]
    for n in range(12):
        lines += [f"t{n} -> x_{n}", f'x_{n} -> m_{n} when t{n}.outcome = "no{turn}"', f"m_{n} -> end_{n % 3}"]
        lines.append(f"x_{n} => t{n + 1}")
    lines += ["t12 -> p_1", "p_1 -> u1 -> p_2", "p_1 -> u2 -> p_2", "p_1 -> u3 -> p_2", "p_2 -> v1 -> v2 -> end"]
    return {MAIN: draw("\n".join(lines))}


def largest(turn: int) -> dict[str, bytes]:
    """As many elements and flows as a process may have, each flow out of a decision with a condition of its own."""
    gates = (MAX_NODES - 4) // 2
    lines, flows = ["start -> s_0 -> x_0", f"x_{gates - 1} -> r_0 -> end"], 4
    for n in range(gates - 1):
        lines += [f"x_{n} => s_{n + 1}", f"s_{n + 1} -> x_{n + 1}"]
        flows += 2
    for step in range(2, 9):
        for n in range(gates - step):
            if flows < MAX_FLOWS:
                lines.append(f"x_{n} -> x_{n + step} when s_0.a{turn} = {n} and (s_0.b > {step} or s_0.c)")
                flows += 1
    cells = MAX_CELLS // 2 // MAX_RULES * MAX_RULES  # half of them: full cells use up the characters first
    columns = cells // MAX_RULES
    properties = {f"s_{n}": {"handler": "work"} for n in range(gates)} | {"r_0": {"decision": "table"}}
    files = {MAIN: draw("\n".join(lines), properties)}
    return {**files, "decisions/table.dmn": _table(columns, turn)}


def _table(columns: int, turn: int) -> bytes:
    head = "".join(
        f'<input id="i{c}"><inputExpression id="e{c}"><text>s_0.n{c}</text></inputExpression></input>'
        for c in range(columns - 1)
    )
    room = MAX_CHARACTERS - 10 * columns
    rules = []
    for row in range(MAX_RULES):
        texts = [f"{row + turn}.{c}" for c in range(columns - 2)] + [f"> {row + turn}"]
        room -= sum(map(len, texts)) + 4
        if room < 0:
            texts = ["-"] * (columns - 1)
        entries = "".join(f'<inputEntry id="c{row}_{c}"><text>{escape(t)}</text></inputEntry>' for c, t in enumerate(texts))
        rules.append(f'<rule id="r{row}">{entries}<outputEntry id="o{row}"><text>{row}</text></outputEntry></rule>')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{DMN}" id="d" name="d" namespace="http://example.org">'
        f'<decision id="table" name="Table"><decisionTable id="dt" hitPolicy="FIRST">{head}'
        f'<output id="o" name="n" typeRef="number"/>{"".join(rules)}</decisionTable></decision></definitions>'
    ).encode()


def escape(text: str) -> str:
    """The text of a cell in XML."""
    return text.replace(">", "&gt;")


def tangled(_: int) -> dict[str, bytes]:
    """Parallel parts each of which may end all: more positions than are played."""
    lines = ["start -> p_1", "p_2 -> end"]
    for n in range(130):
        lines += [f"p_1 -> t{n} -> x_{n}", f'x_{n} -> stop_{n} when t{n}.outcome = "no"', f"x_{n} => p_2"]
    return {MAIN: draw("\n".join(lines))}


def measure(name: str, make: object) -> dict[str, object]:
    """The median time to judge the files that ``make`` gives for each turn."""
    wall, cpu = [], []
    for turn in range(RUNS):
        files = make(turn)  # type: ignore[operator]
        begun, used = time.perf_counter(), time.process_time()
        findings = lint_model(files)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    flows, ids = files[MAIN].count(b"<bpmn:sequenceFlow"), files[MAIN].count(b" id=")
    return {
        "model": name, "elements": ids - flows - 2 - files[MAIN].count(b' id="cut_'), "flows": flows, "bytes": sum(map(len, files.values())), "median_ms": round(statistics.median(wall), 1),
        "cpu_ms": round(statistics.median(cpu), 1), "refused": sorted({finding.rule for finding in findings}),
    }  # fmt: skip


if __name__ == "__main__":
    models = {"typical": typical, "largest": largest, "tangled": tangled}
    write([measure(name, make) for name, make in models.items()], as_json="--json" in sys.argv)
