"""The API under /api/v1: JSON for programs, described by an OpenAPI document that is made from the code."""

import contextlib
from importlib import import_module

from flask import Flask

NOUNS = (
    "me",
    "definitions",
    "instances",
    "tasks",
    "attachments",
    "registers",
    "accounts",
    "organisations",
    "lanes",
    "tokens",
)


def register(app: Flask) -> None:
    """Add every route of the API, its document and the page that explains it."""
    from service.api import docs
    from service.api.document import make_api

    api = make_api(app)
    for noun in NOUNS:
        with contextlib.suppress(ImportError):
            api.register_blueprint(import_module(f"service.api.{noun}").blueprint)
    docs.register(app, api)
