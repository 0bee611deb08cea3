"""What gunicorn calls in each of its workers."""

from flask import Flask

from config.logging import configure_logging
from config.settings import settings_here
from service.app import create_app
from service.headers import name_requests


def make_app() -> Flask:
    """Make the web application on the settings of this process. Raises SettingsError."""
    settings = settings_here()
    configure_logging(settings.log_level)
    name_requests()
    return create_app(settings)
