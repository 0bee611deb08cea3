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
    from service.app import create_app
    from service.measures import measures  # after count_together: the library looks once, when it is imported

    app = create_app(settings)
    with app.app_context():
        os.register_at_fork(after_in_child=partial(measures().connected, 0))
    gc.collect()
    gc.freeze()  # what is loaded now stays in pages that the worker processes share
    return app
