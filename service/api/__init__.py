"""The API under /api/v1: JSON for programs, described by an OpenAPI document that is made from the code."""

from flask import Flask


def register(app: Flask) -> None:
    """Add every route of the API, its document and the page that explains it."""
    from service.api import (
        accounts,
        attachments,
        calendar,
        definitions,
        docs,
        incidents,
        instances,
        lanes,
        me,
        messages,
        notifications,
        organisations,
        papers,
        registers,
        tasks,
        tokens,
    )
    from service.api.document import make_api

    api = make_api(app)
    nouns = (
        me,
        definitions,
        instances,
        incidents,
        messages,
        notifications,
        tasks,
        attachments,
        papers,
        registers,
        accounts,
        organisations,
        lanes,
        calendar,
        tokens,
    )
    for noun in nouns:
        api.register_blueprint(noun.blueprint)
    docs.register(app, api)
