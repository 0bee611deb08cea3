"""Pages for people: HTML over the same commands and queries as the API."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, their filters and what every template may ask for."""
    from service.pages import (  # noqa: F401 - importing a module adds its routes
        account,
        applications,
        attachments,
        batch,
        bindings,
        calendar,
        catalogue,
        deadlines,
        door,
        frame,
        groups,
        home,
        inbox,
        instance,
        messages,
        notifications,
        operations,
        organisations,
        packages,
        papers,
        peek,
        people,
        preferences,
        previews,
        registers,
        sending_back,
        tables,
        task,
        tokens,
        words,
    )
    from service.pages.blueprint import pages

    app.register_blueprint(pages)
    words.install(app)
    frame.install(app)
    deadlines.install(app)
