"""What gunicorn calls in each of its workers."""

import gc
import os
from functools import partial

from flask import Flask

from config.logging import configure_logging
from config.settings import count_together, settings_here
from service.headers import name_requests


def make_app() -> Flask:
    """Make the web application on the settings of this process. Raises SettingsError."""
    settings = settings_here()
    configure_logging(settings.log_level, settings.log_format)
    name_requests()
    count_together(settings)
    from service.app import create_app  # after count_together: the library looks once, when it is imported
    from service.measures import measures

    app = create_app(settings)
    with app.app_context():
        # While there is room: what is not made at the fork is missing for as long as that process lives.
        os.register_at_fork(after_in_child=partial(measures().connected, 0))
    gc.collect()
    gc.freeze()  # what is loaded now stays in pages that the worker processes share
    return app
