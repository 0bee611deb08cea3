"""The start page: says to a stranger what this is; whoever is signed in goes on to work."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.access import access
from service.pages.blueprint import pages
from service.pages.frame import person


@pages.get("/")
@access("public")
def home() -> str | Response:
    """Show the start page."""
    if person() is not None and "about" not in request.args:
        return redirect(url_for("pages.inbox"), 303)
    return render_template("home.html")
