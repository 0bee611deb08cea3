"""The worker: does what is due, rests, and ends cleanly on SIGTERM. Any number of them may run side by side."""

import logging
import signal
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from flask import Flask

from config.settings import Settings
from storage.database import init_database
from storage.db import db
from storage.documents import Documents
from storage.errors import StorageError
from storage.unit_of_work import UnitOfWork, build
from workflows.unused_files import sweep_objects
from workflows.worker_jobs import HOUSEKEEPING_EVERY, OBJECTS_EVERY, keep_house, run_due

log = logging.getLogger(__name__)

REST_SECONDS: Final = 1.0
REST_AFTER_TROUBLE: Final = 5.0


def run_worker(settings: Settings, stop: Event | None = None) -> int:
    """Work until SIGTERM, SIGINT or `stop`; what is in hand is finished first. Return 0.

    A database or store that does not answer is waited for: nothing is lost, work is rows.
    """
    ended = stop or Event()
    if stop is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
    app = Flask("zhupi.worker")
    init_database(app, settings)
    documents = Documents(settings)
    rounds = Rounds()
    log.info("the worker is ready")
    while not ended.is_set():
        with app.app_context():
            try:
                busy = rounds.run(build(settings, documents=documents))
                pause = 0.0 if busy else REST_SECONDS
            except StorageError as trouble:
                log.warning("the worker rests: %s", trouble.code)
                pause = REST_AFTER_TROUBLE
            except Exception:
                log.exception("the worker met something that it does not know")
                pause = REST_AFTER_TROUBLE
        ended.wait(pause)
    with app.app_context():
        db.engine.dispose()
    log.info("the worker has ended")
    return 0


class Rounds:
    """What a round does: due work each time, housekeeping and the look for orphaned objects now and then."""

    def __init__(self) -> None:
        self._house_at: datetime | None = None
        self._objects_at: datetime | None = None

    def run(self, uow: UnitOfWork) -> bool:
        """Do one round; tell whether there was something to do."""
        now = uow.clock.now()
        busy = run_due(uow) > 0
        if _is_due(self._house_at, now, HOUSEKEEPING_EVERY):
            self._house_at = now
            keep_house(uow)
        if _is_due(self._objects_at, now, OBJECTS_EVERY):
            self._objects_at = now
            sweep_objects(uow)
        return busy


def _is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or now - last >= every
