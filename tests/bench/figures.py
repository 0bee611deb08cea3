"""Runs every measure and writes docs/figures.md: `make bench`. One row for each figure, with what it should be.

A measure is added by a function that gives rows and its name in ``MEASURES``.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Row = tuple[str, str, str, bool]  # what, figure, target, is it met
HEAD = """# Figures

Measured by `make bench`, which writes this file. Ratios depend less on the machine than times; targets for times hold for CPU time,
which a busy machine does not stretch.

| | |
|---|---|
| Zhupi | {version} |
| Date | {date} |
| Machine | {machine} |
| Python | {python} |

| What | Figure | Target | |
|---|---|---|---|
"""


def run(module: str, *options: str) -> list[dict[str, Any]]:
    """The rows of a measure, made by a program of its own."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *options, "--json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def run_one(module: str, *options: str) -> dict[str, Any]:
    """The one row of a measure that gives one."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *options, "--json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    row: dict[str, Any] = json.loads(done.stdout)
    return row


def steps() -> Iterator[Row]:
    """Cost of a step after many rounds."""
    few, many = run("step", "--loops", "10,1000")
    figure = f"{few['cpu_ms']} ms CPU ({few['median_ms']} ms)"
    yield "Step of the engine after 10 rounds, median", figure, "1.5 ms", few["cpu_ms"] <= 1.5
    yield from _ratio("CPU of a step after 1,000 rounds and after 10", many["cpu_ms"] / few["cpu_ms"], 1.25)
    yield from _ratio("Bytes of the state after 1,000 rounds and after 10", many["state_bytes"] / few["state_bytes"], 1.25)


def cases() -> Iterator[Row]:
    """Cost of a step beside much data."""
    small, large = run("step", "--case-bytes", "20000,500000")
    for row in (small, large):
        what = f"Engine's part of a command, {row['case_bytes'] // 1000} kB of answers in the case"
        yield what, f"{row['engine_cpu_ms']} ms CPU ({row['engine_ms']} ms)", "1.5 ms", row["engine_cpu_ms"] <= 1.5
    yield from _ratio("Engine's part with 500 kB and with 20 kB", large["engine_cpu_ms"] / small["engine_cpu_ms"], 1.1)
    yield "Whole command, 20 and 500 kB (SQLite)", f"{small['command_ms']} and {large['command_ms']} ms", "", True


def expressions() -> Iterator[Row]:
    """Cost of a condition."""
    slowest = max((row for row in run("expressions") if row["typical"]), key=lambda row: row["median_us"])
    what = f"Slowest typical condition once compiled: `{slowest['expression']}`"
    yield what, f"{slowest['median_us']} µs", "10 µs", slowest["median_us"] <= 10


def lint() -> Iterator[Row]:
    """Cost of judging a model."""
    targets = {"typical": 50, "largest": 2_000, "tangled": 2_000}
    for row in run("lint"):
        most = targets[row["model"]]
        what = f"Lint, {row['model']} model: {row['elements']} elements, {row['flows']} flows, {row['bytes'] // 1000} kB"
        yield what, f"{row['cpu_ms']} ms CPU ({row['median_ms']} ms)", f"{most} ms", row["cpu_ms"] <= most


def http() -> Iterator[Row]:
    """Cost of completing a task over HTTP."""
    for database in ("sqlite", "postgresql"):
        row = run_one("http", "--db", database)
        what = f"Complete a review over HTTP ({database})"
        yield f"{what}: CPU of the web processes", f"{row['cpu_ms']} ms", "3 ms", row["cpu_ms"] <= 3
        counted = f"{row['sql_statements']} statements, {row['commits']} commit"
        yield f"{what}: statements", counted, "14 and 1", row["sql_statements"] <= 14 and row["commits"] == 1
        rates = f"{row['completions_per_s']} and {row['bare_per_s']} a second: {row['ratio_to_bare']}"
        yield f"{what}: against the bare endpoint", rates, "0.4", row["ratio_to_bare"] >= 0.4
        yield f"{what}: times with 8 clients", f"p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms", "", True


def inbox() -> Iterator[Row]:
    """Cost of a page of the inbox."""
    for database in ("sqlite", "postgresql"):
        few, many = run("inbox", "--db", database)
        what = f"Inbox with 100,000 open tasks ({database})"
        yield f"{what}: page, next page and a filter, p95", f"{many['p95_ms']} ms", "50 ms", many["p95_ms"] <= 50
        yield from _ratio(f"{what}: the same, against 100 open", many["p95_ms"] / few["p95_ms"], 1.5)
        search = max(many["name_p95_ms"], many["number_p95_ms"])
        yield f"{what}: search by name or number, p95", f"{search} ms", "50 ms", search <= 50


def pages() -> Iterator[Row]:
    """Cost of the pages of a reviewer."""
    for database in ("sqlite", "postgresql"):
        for row in run("pages", "--db", database):
            what = f"Page with 10,000 open tasks: {row['page']} ({database})"
            figure = f"p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, {row['cpu_ms']} ms CPU, {row['statements']} statements"
            yield what, figure, "50 ms", row["p50_ms"] <= 50


def files() -> Iterator[Row]:
    """Cost of uploads, downloads and everyday requests."""
    for row in run("files"):
        if row["what"] == "memory":
            yield "Peak memory of a web process after uploads of 5 MB", f"{row['web_peak_mb']} MB", "", True
            continue
        cpu = f", {row['cpu_ms']} ms CPU" + (f", {row['statements']} statements" if "statements" in row else "")
        yield f"Request: {row['what'].replace('_', ' ')}", f"p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms{cpu}", "", True


def forms() -> Iterator[Row]:
    """Cost of a large form."""
    rows = {(row["form"], row["what"]): row for row in run("form")}
    for what, verb, most in (("render", "Page", 150), ("save", "Draft saved", 100)):
        large, plain = rows["large", what], rows["plain", what]
        said = f"{verb} of a form of 200 fields, one a list of 12 columns with 50 rows"
        yield said, f"{large['cpu_ms']} ms CPU ({large['p50_ms']} ms)", f"{most} ms", large["cpu_ms"] <= most
        ratio = f"{large['cpu_ms'] / plain['cpu_ms']:.2f}"
        yield f"{said}: against the application of the house", ratio, "", True


MEASURES: tuple[Callable[[], Iterator[Row]], ...] = (steps, cases, expressions, lint, http, inbox, pages, files, forms)


def _ratio(what: str, ratio: float, most: float) -> Iterator[Row]:
    yield what, f"{ratio:.2f}", f"{most}", ratio <= most


def machine() -> str:
    """The processor and how many of it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def main() -> int:
    """Measure, write the file and say what missed its target."""
    rows = [row for measure in MEASURES for row in measure()]
    head = HEAD.format(
        version=version("zhupi"), date=datetime.now(UTC).date(), machine=machine(), python=platform.python_version()
    )
    lines = [f"| {what} | {figure} | {target} | {'' if met else 'missed'} |" for what, figure, target, met in rows]
    file = ROOT / "docs" / "figures.md"
    by_hand = "".join(file.read_text().partition("\n## Drills")[1:]) if file.is_file() else ""
    file.write_text(head + "\n".join(lines) + "\n" + by_hand)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
