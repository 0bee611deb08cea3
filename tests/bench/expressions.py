"""What a condition costs once it is compiled: `zhupi bench expressions --json`. Target: 10 µs for a typical one."""

import statistics
import sys
import time
from datetime import date
from decimal import Decimal

from tests.bench.rows import write
from workflows.engine.expressions import compile_expression

RUNS, AT_ONCE = 60, 500
CONTEXT = {
    "review": {"outcome": "approved", "amount": Decimal("12500.50"), "on": date(2026, 11, 20)},
    "ask": {"kind": "basic", "years": Decimal(3), "lines": [{"quantity": Decimal(n)} for n in range(10)]},
}
TYPICAL = (
    'review.outcome = "approved"',
    'review.outcome = "approved" and review.amount > 10000',
    'ask.kind in ("basic", "plus") or ask.years >= 5',
    "review.amount * 0.06 + 200 < 1000",
    'if ask.kind = "basic" then ask.years <= 3 else false',
    'review.on >= date("2026-01-01")',
)
LONGER = ("sum(ask.lines.quantity) > 20", "some line in ask.lines satisfies line.quantity > 8")


def measure(text: str) -> dict[str, object]:
    """Median and compile time of one expression, in microseconds."""
    begun = time.perf_counter()
    expression = compile_expression(text)
    compiled = (time.perf_counter() - begun) * 1e6
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        for _ in range(AT_ONCE):
            expression.evaluate(CONTEXT)
        times.append((time.perf_counter() - begun) / AT_ONCE * 1e6)
    return {"expression": text, "median_us": round(statistics.median(times), 2), "compile_us": round(compiled)}


if __name__ == "__main__":
    compile_expression("1 + 1")  # the grammar is read once
    rows = [measure(text) | {"typical": text in TYPICAL} for text in (*TYPICAL, *LONGER)]
    write(rows, as_json="--json" in sys.argv)
