"""How gunicorn serves Zhupi: read by gunicorn itself, `gunicorn -c config/gunicorn.py`.

Threads, because a request mostly waits for the database or the object store; the body limit is the
application's own (MAX_CONTENT_LENGTH answers 413 before the body is read).
"""

import logging
import socket
import struct
from pathlib import Path
from typing import Any

from config.settings import counts_together, settings_here

_settings = settings_here()
_memory = Path("/dev/shm")  # noqa: S108 - the workers' heartbeat file; gunicorn makes it private and unnamed

wsgi_app = "service.wsgi:make_app()"
bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = _settings.web_workers
threads = _settings.web_threads
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
timeout = 60
graceful_timeout = 20
keepalive = 5
loglevel = "warning"
# No access log: addresses may carry what people searched for. The journal and the access stream say who did what.
accesslog = None
# The application is made once and its workers are forked from it: it opens no connection before the first request.
preload_app = True
control_socket_disable = True

SILENT_SECONDS = 20


def when_ready(server: Any) -> None:
    """Let a connection that falls silent in the middle of a request go: it would keep its thread for ever.

    Accepted sockets inherit these limits of the listening one; they count from byte to byte, not for a whole request.
    """
    _log_our_way(logging.getLogger("gunicorn.error"))
    limit = struct.pack("ll", SILENT_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what a worker that is gone held open; what it has counted stays in the sums."""
    if not counts_together():
        return
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _log_our_way(logger: logging.Logger) -> None:
    """Let gunicorn's lines go through our formatter and its mask, without the addresses that it quotes."""
    logger.handlers.clear()
    logger.propagate = True
    logger.addFilter(_without_address)


def _without_address(record: logging.LogRecord) -> bool:
    """Leave out what quotes a request: that may be what somebody searched for. Silence is no fault of anybody here."""
    if record.exc_info is not None and isinstance(record.exc_info[1], BlockingIOError):
        return False
    text = str(record.msg)
    for begin, instead in QUOTING.items():
        if text.startswith(begin):
            record.msg, record.args = instead, ()
    return True


QUOTING = {
    "Error handling request": "a request could not be answered",
    "Invalid request": "what came was no request",
}
