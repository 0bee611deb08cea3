"""How gunicorn is set up: nobody who falls silent keeps a thread."""

import logging
import runpy
import socket
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.settings import make_secrets

CONFIGURATION = Path(__file__).resolve().parent.parent.parent / "config" / "gunicorn.py"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_secrets(tmp_path)
    monkeypatch.setenv("ZHUPI_DATA", str(tmp_path))
    logger = logging.getLogger("gunicorn.error")
    before = list(logger.filters)
    yield runpy.run_path(str(CONFIGURATION))
    logger.filters[:] = before


def test_a_connection_that_falls_silent_is_let_go(configuration):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        configuration["when_ready"](SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                seconds, _ = struct.unpack("ll", accepted.getsockopt(socket.SOL_SOCKET, option, 16))
                assert seconds == configuration["SILENT_SECONDS"] > 0


def test_silence_is_no_error_and_everything_else_still_is(configuration):
    configuration["when_ready"](SimpleNamespace(LISTENERS=[]))
    logger = logging.getLogger("gunicorn.error")
    for fault, logged in ((BlockingIOError(), False), (OSError(), True)):
        record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, "x", (), (OSError, fault, None))
        assert bool(logger.filter(record)) is logged


@pytest.mark.parametrize("quoting", ["Error handling request %s %s", "Invalid request from ip=%s: %s"])
def test_what_gunicorn_says_goes_our_way_and_quotes_no_address(configuration, quoting, caplog):
    configuration["when_ready"](SimpleNamespace(LISTENERS=[]))
    logger = logging.getLogger("gunicorn.error")
    assert (logger.handlers, logger.propagate) == ([], True)
    logger.error(quoting, "GET", "/inbox?q=Wacholderbeere")
    assert len(caplog.records) == 1
    assert "Wacholderbeere" not in caplog.text
