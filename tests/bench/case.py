"""What the data of a case costs a step: `zhupi bench step --case-bytes 20000,500000 --json`.

Applications of the certificate package whose form has long notes beside its fields. Each is handed in with so many bytes
of answers, in a real SQLite database; then the review, the payment and its confirmation are completed. ``engine_ms`` and
``engine_cpu_ms`` are the medians over these commands of the time inside the engine, ``command_ms`` of the whole command. What the engine is
given must not grow with what people wrote: their answers are rows, not control data.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "commands"))

from conftest import TEST_SECRETS, _settings
from flask import Flask
from people_at_work import FOLDER, Case, Cast, begin, house_of

from storage.actor import SYSTEM
from storage.database import init_database, migrate
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.ports import SeededIds
from storage.unit_of_work import build
from workflows import engine
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

CASES = 12
NOTES, NOTE = 60, 10_000
FORM, WORDS = "forms/application.json", "i18n/en.toml"


def with_notes(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of the package with many long notes in the form of the applicant."""
    form = json.loads(files[FORM])
    form["components"] += [
        {"type": "textarea", "id": f"notes_{n}", "key": f"notes_{n}", "label": f"说明 {n}",
         "properties": {"personal": "notes"}, "validate": {"maxLength": NOTE}}
        for n in range(NOTES)
    ]  # fmt: skip
    words = "".join(f'"label.application.notes_{n}" = "Notes {n}"\n' for n in range(NOTES))
    return {**files, FORM: json.dumps(form, ensure_ascii=False).encode(), WORDS: words.encode() + files[WORDS]}


def notes(size: int) -> dict[str, str]:
    """Answers of about so many bytes, none longer than a note may be."""
    return {f"notes_{n}": "x" * min(NOTE, size - n * NOTE) for n in range(-(-size // NOTE))}


def measure_cases(sizes: list[int]) -> list[dict[str, Any]]:
    """The figures for cases of each size, in a database of their own; the sizes take turns."""
    if max(sizes) > NOTES * NOTE:
        sys.stderr.write(f"--case-bytes goes up to {NOTES * NOTE}.\n")
        sys.exit(2)
    with tempfile.TemporaryDirectory(prefix="zhupi-bench-") as folder:
        store = EmbeddedS3(Path(folder) / "store", TEST_SECRETS["ZHUPI_S3_ACCESS_KEY"], TEST_SECRETS["ZHUPI_S3_SECRET_KEY"])
        store.start()
        try:
            settings = _settings(Path(folder), f"sqlite:///{folder}/zhupi.sqlite", store.endpoint)
            migrate(settings)
            app = Flask("bench")
            init_database(app, settings)
            documents = Documents(settings)
            documents.prepare()
            with app.app_context():
                cast = house_of(build(settings, ids=SeededIds("bench"), documents=documents))
                deploy_package(cast.uow, SYSTEM, with_notes(dict(read_folder(FOLDER))))
                return _measure(cast, sizes)
        finally:
            store.stop()


def _measure(cast: Cast, sizes: list[int]) -> list[dict[str, Any]]:
    inside: dict[int, list[float]] = {size: [] for size in sizes}
    worked: dict[int, list[float]] = {size: [] for size in sizes}
    whole: dict[int, list[float]] = {size: [] for size in sizes}
    answers = dict.fromkeys(sizes, 0)
    spent = [0.0, 0.0]
    advance = engine.advance

    def timed(*given: Any, **more: Any) -> Any:
        begun, used = time.perf_counter(), time.thread_time()
        try:
            return advance(*given, **more)
        finally:
            spent[0] += time.perf_counter() - begun
            spent[1] += time.thread_time() - used

    engine.advance = timed  # type: ignore[assignment]
    for turn in range(CASES + 1):
        for size in sizes:
            case = begin(cast)
            case.submit(**notes(size))
            for command in (_approve, _pay, _confirm):
                act = command(case)
                spent[:], begun = (0.0, 0.0), time.perf_counter()
                act()
                if turn:  # the first warms up
                    inside[size].append(spent[0] * 1000)
                    worked[size].append(spent[1] * 1000)
                    whole[size].append((time.perf_counter() - begun) * 1000)
            answers[size] = sum(map(len, notes(size).values()))
            assert "key_production" in case.open(), case.open()
    return [
        {
            "case_bytes": answers[size],
            "engine_ms": round(statistics.median(inside[size]), 3),
            "engine_cpu_ms": round(statistics.median(worked[size]), 3),
            "command_ms": round(statistics.median(whole[size]), 2),
            "commands": len(whole[size]),
        }
        for size in sizes
    ]


def _approve(case: Case) -> Callable[[], object]:
    return case.approve


def _pay(case: Case) -> Callable[[], object]:
    """The voucher is uploaded before: a file is another command."""
    answers = {"payer_type": "own", "paid_on": "2026-11-20", "transfer_note": "基础资费 3 年"}
    voucher = [case.attach("asks", "payment", "voucher")]
    return lambda: case.complete("asks", "payment", "paid", {**answers, "voucher": voucher})


def _confirm(case: Case) -> Callable[[], object]:
    return case.confirm
