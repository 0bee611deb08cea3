"""Processes: what can be applied for, and deploying a package."""

from collections.abc import Mapping
from typing import Any

from flask import request

from service.access import access
from service.api.archive import read_archive
from service.api.blueprint import Blueprint
from service.api.schemas.lists import CatalogueSchema
from service.api.schemas.people import DefinitionSchema, DeployFormSchema
from service.current import current_actor, request_key, unit_of_work
from service.refusals import FilesMissing
from workflows import queries
from workflows.commands.packages import deploy_package

blueprint = Blueprint(
    "definitions", __name__, url_prefix="/api/v1/definitions", description="Processes and their versions."
)


@blueprint.route("")
@blueprint.response(200, CatalogueSchema)
@access("signed_in")
def list_definitions() -> Any:
    """List the processes that can be applied for, each in its newest version."""
    return {"items": queries.catalogue(unit_of_work(), current_actor())}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(DeployFormSchema, location="form", content_type="multipart/form-data")
@blueprint.response(201, DefinitionSchema)
@access("role:process_owner|administrator")
def deploy(form: Mapping[str, Any]) -> Any:
    """Deploy a package as a new version.

    The body is multipart/form-data with the part `file`, a ZIP of the package's folder. A package that breaks a
    rule is refused with all findings; files that were deployed before are the same version again.
    """
    files = request.files.getlist("file")
    if len(files) != 1:
        raise FilesMissing
    return deploy_package(
        unit_of_work(), current_actor(), read_archive(files[0].stream), form["note"], request_key()
    )
