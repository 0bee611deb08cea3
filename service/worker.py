"""The worker: does what is due, rests, and ends cleanly on SIGTERM. Any number of them may run side by side."""

import contextlib
import fcntl
import logging
import re
import secrets
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Final

from flask import Flask

from config.logging import forget_case
from config.settings import Settings
from service.notices import wording_for
from service.press import press
from service.texts import init_texts
from storage.database import init_database
from storage.db import db
from storage.documents import Documents
from storage.errors import StorageError
from storage.messages import couriers_of
from storage.ports import RandomIds
from storage.unit_of_work import UnitOfWork, build
from workflows.beats import Beats
from workflows.handlers import add_handlers
from workflows.housekeeping import HOUSEKEEPING_EVERY, keep_house
from workflows.notices.fanout import look_at_events
from workflows.notices.sending import Post
from workflows.worker_jobs import LEASE_SECONDS, Hands, renew, run_due

log = logging.getLogger(__name__)

REST_SECONDS: Final = 1.0
REST_AFTER_TROUBLE: Final = 2.0
RENEW_SECONDS: Final = LEASE_SECONDS / 4


def run_worker(settings: Settings, stop: Event | None = None) -> int:
    """Work until SIGTERM, SIGINT or `stop`; what is in hand is finished first. Return 0.

    A database or store that does not answer is waited for: nothing is lost, work is rows.
    """
    ended = stop or Event()
    if stop is None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: ended.set())
    add_handlers(settings.handlers)
    app = Flask("zhupi.worker")
    init_database(app, settings)
    init_texts(app, settings.default_language)
    documents = Documents(settings)
    post = Post(couriers_of(settings), wording_for(settings.public_url))
    with numbered(settings.data) as number, _renewing(app, settings, hands := Hands(number, leaving=ended, post=post, press=press)):
        rounds = Rounds(hands)
        _work(app, settings, documents, rounds, ended)
    with app.app_context():
        with contextlib.suppress(StorageError):
            rounds.beats.end(build(settings, documents=documents))
        db.engine.dispose()
    log.info("the worker has ended")
    return 0


def _work(app: Flask, settings: Settings, documents: Documents, rounds: "Rounds", ended: Event) -> None:
    log.info("the worker is ready")
    while not ended.is_set():
        with app.app_context():
            try:
                busy = rounds.run(build(settings, documents=documents))
                pause = 0.0 if busy else REST_SECONDS
            except StorageError as trouble:
                rounds.beats.trouble()
                log.warning("the worker rests: %s", trouble.code)
                pause = REST_AFTER_TROUBLE
            except Exception:
                rounds.beats.trouble()
                log.exception("the worker met something that it does not know")
                pause = REST_AFTER_TROUBLE
        ended.wait(pause)


@contextlib.contextmanager
def numbered(data: Path) -> Iterator[int | None]:
    """Give the number under which the worker of a data folder leases, in all its lives; None to a second one there.

    The kernel lets go of the file however a process ends, so whoever gets it knows that the last one is dead.
    """
    folder = data / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "worker.number").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        file.seek(0)
        kept = file.read()
        if not re.fullmatch(r"[0-9a-f]{16}", kept):
            kept = secrets.token_hex(8)
            file.truncate(0)
            file.write(kept)
            file.flush()
        yield int(kept, 16)


@contextlib.contextmanager
def _renewing(app: Flask, settings: Settings, hands: Hands) -> Iterator[None]:
    """Renew the leases of what is in hand from a thread of its own, as long as the block runs."""
    over = Event()

    def run() -> None:
        while not over.wait(RENEW_SECONDS):
            if not hands.leases:
                continue
            with app.app_context():
                try:
                    renew(build(settings), hands)
                except Exception as trouble:  # the leases may run out; whoever takes the work over waits for that
                    log.warning("leases could not be renewed: %s", type(trouble).__name__)

    thread = Thread(target=run, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Rounds:
    """What a round does: due work each time, housekeeping now and then."""

    def __init__(self, hands: Hands | None = None) -> None:
        self.beats = Beats(RandomIds().new())
        self._hands = hands or Hands()
        self._hands.worker_id = self.beats.worker_id
        self._house_at: datetime | None = None

    def run(self, uow: UnitOfWork) -> bool:
        """Do one round; tell whether there was something to do."""
        now, began = uow.clock.now(), time.monotonic()
        forget_case()
        done = run_due(uow, self._hands) + look_at_events(uow)
        self.beats.round_done(began, done)
        self.beats.show(uow)
        if _is_due(self._house_at, now, HOUSEKEEPING_EVERY):
            self._house_at = now
            keep_house(uow)
        return done > 0


def _is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or now - last >= every
