"""A running house and a browser before it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from people import House
from playwright.sync_api import Page
from werkzeug.serving import make_server

from config.settings import Settings

Visit = Callable[..., Page]


@dataclass
class Site:
    """A running house: its address, its app, who is in it."""

    address: str
    app: Flask
    settings: Settings
    house: House


@dataclass
class Running:
    """A web server in a thread of this process."""

    app: Flask
    address: str = ""
    _server: Any = field(default=None, repr=False)

    def start(self) -> "Running":
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
