"""kill -9 among writers: what was acknowledged stays, nothing is there twice, every chain holds.

Lost: the writer noted an acknowledgement in its own synced ledger and the journal lacks the event. Doubled: two events
for one idempotency key.
"""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter

WRITER = """
import os, sys
from flask import Flask
from config.settings import load_settings
from storage.actor import SYSTEM
from storage.database import init_database
from storage.errors import DatabaseUnavailable
from storage.unit_of_work import build
name, ledger_path, *pairs = sys.argv[1:]
settings = load_settings(dict(pair.split("=", 1) for pair in pairs))
app = Flask("writer")
init_database(app, settings)
ledger = os.open(ledger_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
with app.app_context():
    uow = build(settings)
    number = 0
    while True:
        number += 1
        key = f"{name}-{number}"
        for again in (1, 2):                     # every command is sent twice, as an impatient person would
            with uow.begin(SYSTEM, key, b"f") as done:
                if not done.repeated:
                    uow.journal.record("x", stream="system", details={"key": key})
                    done(None, uow.ids.new())
        os.write(ledger, (key + "\\n").encode())
        os.fsync(ledger)
        if number == 1:
            print("writing", flush=True)
"""
KILLS = 5


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(uow, environment, tmp_path):
    ledger = tmp_path / "ledger"
    chance = random.Random(3)  # noqa: S311
    pairs = [f"{name}={value}" for name, value in environment.items()]

    def start(number: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", textwrap.dedent(WRITER), f"w{number}", str(ledger), *pairs]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    running = [start(number) for number in range(3)]
    for number in range(3, 3 + KILLS):
        victim = running.pop(0)
        with victim:
            assert victim.stdout.readline() == "writing\n"
            time.sleep(chance.uniform(0.02, 0.15))
            os.kill(victim.pid, signal.SIGKILL)
        if number < KILLS:
            running.append(start(number))
    for left in running:
        with left:
            left.stdout.readline()
            left.kill()
    acknowledged = ledger.read_text().split()
    found = Counter(event["details"]["key"] for event in uow.journal.read("system"))
    assert len(acknowledged) > KILLS
    assert [key for key in acknowledged if found[key] != 1] == []
    assert [key for key, times in found.items() if times > 1] == []
    assert len(found) - len(acknowledged) <= 3 + KILLS  # at most what was under way when its writer died
    assert uow.journal.verify("system").ok
