"""Lists, pages and people."""

from typing import Any

from marshmallow import fields

from service.api.fields import Choice, Plain, Schema, Text, Whole


class PageQuerySchema(Schema):
    """A page of a list: `after` is the `next` of the page before."""

    after = Text(1, 400, load_default=None, metadata={"description": "Cursor: `next` of the page before."})
    limit = Whole(1, 100, strict=False, load_default=30, metadata={"description": "Rows per page."})


class SearchQuerySchema(PageQuerySchema):
    """A page of a list that can be searched."""

    query = Text(0, 100, load_default="", metadata={"description": "Words to search for."})


class InboxQuerySchema(SearchQuerySchema):
    """A page of the inbox; what narrows it and the order of deadlines are for open work: todo and claimable."""

    tab = Choice("todo", "claimable", "done", "mine", load_default="todo")
    process = Text(0, 64, load_default="")
    step = Text(0, 128, load_default="", metadata={"description": "Id of a step, as `element_id` has it."})
    due = Choice("over", "today", "week", load_default="")
    round = Choice("first", "again", load_default="", metadata={"description": "Before or after a return."})
    sort = Choice("due", "arrival", load_default="arrival")


class InstanceQuerySchema(SearchQuerySchema):
    """A page of applications."""

    status = Choice("active", "suspended", "completed", "cancelled", "failed", load_default=None)
    process_key = Text(1, 64, load_default=None)


class PersonSchema(Schema):
    """Somebody by name; applicants read a lane's title and no id."""

    id = fields.UUID(allow_none=True)
    name = fields.String()


class CatalogueEntrySchema(Schema):
    """A process that can be applied for; `why_not` is a code when it cannot be started now."""

    key = fields.String()
    version = fields.Integer()
    definition_id = fields.UUID()
    title = fields.String()
    summary = fields.String()
    owner = fields.String()
    materials = fields.List(fields.String())
    steps = fields.List(fields.String())
    fill_in_days = fields.Integer(allow_none=True)
    statutory_days = fields.Integer(allow_none=True)
    deployed_at = fields.DateTime()
    may_start = fields.Boolean()
    why_not = fields.String(allow_none=True)


class InboxItemSchema(Schema):
    """A row of the inbox; in the tab `mine` it is an application and `task_id` is null."""

    task_id = fields.UUID(allow_none=True)
    instance_id = fields.UUID()
    number = fields.String()
    process_key = fields.String()
    process_title = fields.String()
    element_id = fields.String(allow_none=True)
    title = fields.String()
    lane = fields.String(allow_none=True)
    lane_title = fields.String()
    round = fields.Integer()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    applicant = fields.String()
    started_by = fields.String()
    holder = fields.Nested(PersonSchema, allow_none=True)
    created_at = fields.DateTime()
    claimed_at = fields.DateTime(allow_none=True)
    due_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    version = fields.Integer()
    changed = fields.Integer(
        allow_none=True,
        metadata={"description": "Places changed since the step saw the application last, up to 100."},
    )
    added = fields.Boolean(metadata={"description": "Whether the signer was added by somebody."})


class InstanceRowSchema(Schema):
    """An application in a list; `where` names its open steps."""

    id = fields.UUID()
    number = fields.String()
    process_key = fields.String()
    title = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    applicant = fields.String()
    organisation_id = fields.UUID()
    started_by = fields.String()
    where = fields.List(fields.String())
    created_at = fields.DateTime()
    ended_at = fields.DateTime(allow_none=True)
    quarantined = fields.Boolean()


def page_of(schema: type[Schema], name: str) -> type[Schema]:
    """Return the schema of a page of `schema`; `name` is its name in the OpenAPI document."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema)),
        "next": fields.String(
            allow_none=True, metadata={"description": "Cursor of the next page, null at the end."}
        ),
        "__doc__": f"One page of a list of {schema.__name__.removesuffix('Schema')}.",
    }
    return type(f"{name}Schema", (Schema,), members)


InboxPageSchema = page_of(InboxItemSchema, "InboxPage")
InstancePageSchema = page_of(InstanceRowSchema, "InstancePage")


class CatalogueSchema(Schema):
    """All processes that somebody may apply for."""

    items = fields.List(fields.Nested(CatalogueEntrySchema))


class ProblemSchema(Schema):
    """Why a request was refused (RFC 9457), in the language of whoever asked."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "Stable name of the refusal."})
    detail = fields.String(metadata={"description": "What is wrong and what to do, for people."})
    request_id = fields.String()
    errors = Plain(metadata={"type": "object", "description": "Field path → list of {code, message}."})
    findings = Plain(metadata={"type": "array", "description": "What is wrong with a package."})
