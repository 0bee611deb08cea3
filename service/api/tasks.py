"""Tasks: the inbox, and the verbs on one task."""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import request

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.cases import (
    AttachmentSchema,
    AttachSchema,
    CompleteSchema,
    DraftSchema,
    DraftViewSchema,
    ReturnSchema,
    TaskResultSchema,
    TaskSchema,
    VersionSchema,
)
from service.api.schemas.lists import InboxPageSchema, InboxQuerySchema
from service.api.schemas.signatures import RemovalSchema, SignerSchema
from service.current import current_actor, request_key, unit_of_work
from service.refusals import FilesMissing
from service.viewing import note_task
from workflows import queries
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.returns import return_task
from workflows.commands.signers import add_signer, remove_signer
from workflows.commands.tasks import claim_task, complete_task, release_task

blueprint = Blueprint(
    "tasks", __name__, url_prefix="/api/v1/tasks", description="The inbox, and the verbs on a task."
)


@blueprint.route("")
@blueprint.arguments(InboxQuerySchema, location="query")
@blueprint.response(200, InboxPageSchema)
@access("signed_in")
def list_tasks(query: Mapping[str, Any]) -> Any:
    """List what the caller has to do, may claim, has done, or applied for."""
    return queries.inbox(unit_of_work(), current_actor(), **query)


@blueprint.route("/<uuid:task_id>")
@blueprint.response(200, TaskSchema)
@access("signed_in")
def read_task(task_id: UUID) -> Any:
    """Read a task with its form, its draft and what came before."""
    return note_task(queries.read_task(unit_of_work(), current_actor(), task_id))


@blueprint.route("/<uuid:task_id>/claim", methods=["POST"])
@blueprint.arguments(VersionSchema, required=False)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def claim(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Take a task for oneself. Claiming one's own task again is success; another's is a 409 that names the holder."""
    return claim_task(unit_of_work(), current_actor(), task_id, **body, idempotency_key=request_key())


@blueprint.route("/<uuid:task_id>/release", methods=["POST"])
@blueprint.arguments(VersionSchema, required=False)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def release(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Give a task back to its group."""
    return release_task(unit_of_work(), current_actor(), task_id, **body, idempotency_key=request_key())


@blueprint.route("/<uuid:task_id>/complete", methods=["POST"])
@blueprint.arguments(CompleteSchema)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def complete(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Complete a task with an outcome and the answers to its form."""
    return complete_task(unit_of_work(), current_actor(), task_id, **body, idempotency_key=request_key())


@blueprint.route("/<uuid:task_id>/signers", methods=["POST"])
@blueprint.arguments(SignerSchema)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def put_signer(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Let one more sign a task; the process says whether that may be done. Any part of the task will do."""
    return add_signer(unit_of_work(), current_actor(), task_id, **body, idempotency_key=request_key())


@blueprint.route("/<uuid:task_id>/signers/<string(maxlength=64):signer>/remove", methods=["POST"])
@blueprint.arguments(RemovalSchema)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def drop_signer(body: Mapping[str, Any], task_id: UUID, signer: str) -> Any:
    """Take a signer away who has not signed. What the others have signed may then decide."""
    return remove_signer(
        unit_of_work(), current_actor(), task_id, signer, **body, idempotency_key=request_key()
    )


@blueprint.route("/<uuid:task_id>/return", methods=["POST"])
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, TaskResultSchema)
@access("signed_in")
def send_back(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Send the application back from a task to one of its `returns`, with a reason and remarks beside fields."""
    return return_task(unit_of_work(), current_actor(), task_id, **body, idempotency_key=request_key())


@blueprint.route("/<uuid:task_id>/draft", methods=["PUT"])
@blueprint.arguments(DraftSchema)
@blueprint.response(200, DraftViewSchema)
@access("signed_in")
def put_draft(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Keep what is typed so far; nothing has to be complete."""
    return save_draft(unit_of_work(), current_actor(), task_id, **body)


@blueprint.route("/<uuid:task_id>/attachments", methods=["POST"])
@blueprint.arguments(AttachSchema, location="form", content_type="multipart/form-data")
@blueprint.response(201, AttachmentSchema)
@access("signed_in")
def attach(form: Mapping[str, Any], task_id: UUID) -> Any:
    """Add a file to a field of a task's form; it is judged by its content, not by its name.

    The body is multipart/form-data with the parts `field` and `file`.
    """
    files = request.files.getlist("file")
    if len(files) != 1 or set(request.files) != {"file"}:
        raise FilesMissing
    return attach_file(
        unit_of_work(),
        current_actor(),
        task_id,
        form["field"],
        cast(BinaryIO, files[0].stream),
        files[0].filename or "file",
        request_key(),
    )
