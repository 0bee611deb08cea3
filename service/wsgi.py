"""What gunicorn calls in each of its workers."""

from flask import Flask

from config.settings import settings_here
from service.app import create_app


def make_app() -> Flask:
    """Make the web application on the settings of this process. Raises SettingsError."""
    return create_app(settings_here())
