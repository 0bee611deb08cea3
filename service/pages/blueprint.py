"""The one blueprint of the pages; each module beside this one adds the routes of its noun."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
