"""Administrators and process owners: packages deployed, and the gate for a new version."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.refusals import FilesMissing, Refusal
from workflows import errors as domain
from workflows import queries
from workflows.queries.views import DefinitionView

Answer = str | Response | tuple[str, int]


@pages.route("/admin/packages", methods=["GET", "POST"])
@access("role:administrator|process_owner")
def packages() -> Answer:
    """List deployed versions; deploy a ZIP of a package folder."""
    problem, findings = None, []
    if request.method == "POST":
        try:
            made = _deploy()
        except (domain.DomainError, Refusal) as refused:
            found = problem_of(refused)
            problem, findings = found.detail, list(found.findings)
        else:
            flash(gettext("packages.done", title=made.title, n=made.version), "done")
            return redirect(url_for("pages.packages"), 303)
    items = queries.definitions(unit_of_work(), current_actor())
    page = render_template(
        "admin/packages.html", items=getattr(items, "items", items), problem_text=problem, findings=findings
    )
    return page, 422 if problem else 200


def _deploy() -> DefinitionView:
    from service.api.archive import read_archive
    from workflows.commands.packages import deploy_package

    uploaded = request.files.get("file")
    if uploaded is None or not uploaded.filename:
        raise FilesMissing
    files = read_archive(uploaded.stream)
    return deploy_package(
        unit_of_work(), current_actor(), files, request.form.get("note", "").strip() or None, request_key()
    )
