"""Pages for people: HTML over the same commands and queries as the API."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the pages, their filters and what every template may ask for."""
    from service.pages import (  # noqa: F401 - importing a module adds its routes
        account,
        applications,
        attachments,
        bindings,
        catalogue,
        door,
        frame,
        groups,
        home,
        inbox,
        instance,
        organisations,
        packages,
        people,
        preferences,
        registers,
        task,
        tokens,
        words,
    )
    from service.pages.blueprint import pages

    app.register_blueprint(pages)
    words.install(app)
    frame.install(app)
