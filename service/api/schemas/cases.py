"""Tasks, applications and what lies in them."""

from marshmallow import fields, validate

from service.api.fields import Answers, Plain, Schema, Text, Whole, plain
from service.api.schemas.ahead import AheadWaySchema, DecisionSchema, ExpectationSchema
from service.api.schemas.forms import FormField
from service.api.schemas.lists import PersonSchema
from service.api.schemas.signatures import SigningSchema, TallySchema


class StartSchema(Schema):
    """Begin an application of a process."""

    process_key = Text(1, 64, required=True)


class ReasonSchema(Schema):
    """Why; shown to everybody who may see the application."""

    reason = Text(0, 500, load_default="")


class VersionSchema(Schema):
    """The version of the task that the caller saw."""

    task_version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class CompleteSchema(Schema):
    """Complete a task: which button, which answers, seen at which version."""

    outcome = Text(1, 64, required=True)
    answers = Answers(load_default=dict)
    task_version = Whole(1, 2**31 - 1, required=True)


class MarkSchema(Schema):
    """A remark beside one field of the form of the step to which the case goes back."""

    field = Text(1, 200, required=True)
    reason = Text(1, 500, required=True)


class ReturnSchema(Schema):
    """Send the case back: to which of the task's `returns`, why, with which remarks, seen at which version."""

    to_element = Text(1, 64, required=True, data_key="to")
    reason = Text(1, 500, required=True)
    marks = fields.List(fields.Nested(MarkSchema), load_default=list, validate=validate.Length(max=100))
    task_version = Whole(1, 2**31 - 1, required=True)


class DraftSchema(Schema):
    """What is typed so far; `revision` is that of the draft it goes on from, 0 for the first."""

    answers = Answers(required=True)
    revision = Whole(0, 2**31 - 1, load_default=0)


class AttachSchema(Schema):
    """The field of the form that a file is for."""

    field = Text(1, 200, required=True)


class DraftViewSchema(Schema):
    """A draft as it is kept."""

    revision = fields.Integer()
    answers = Plain(metadata={"type": "object"})
    saved_by = fields.Nested(PersonSchema, allow_none=True)
    saved_at = fields.DateTime(allow_none=True)


class AttachmentSchema(Schema):
    """A file of a task. embedded: how many files lie in it beside what a viewer shows, such as attachments of a PDF.

    watermark: the caller gets a copy with a watermark; size and sha256 are those of the original.
    """

    id = fields.UUID()
    task_id = fields.UUID()
    instance_id = fields.UUID()
    field = fields.String()
    name = fields.String()
    media_type = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    sha256 = fields.String(allow_none=True)
    embedded = fields.Integer()
    watermark = fields.Boolean()
    status = fields.String()
    uploaded_by = fields.Nested(PersonSchema, allow_none=True)
    created_at = fields.DateTime()


class OutcomeSchema(Schema):
    """A button of a task. kind: submit, approve, return, reject."""

    key = fields.String()
    title = fields.String()
    kind = fields.String()


class ReturnTargetSchema(Schema):
    """A step to which the caller may send the case back from this task, now; goes back as `to`."""

    element_id = fields.String()
    title = fields.String()


class FieldMarkSchema(Schema):
    """A remark of a return beside one field."""

    field = fields.String()
    label = fields.String()
    reason = fields.String()


class CardSchema(Schema):
    """A card beside a task, such as the payee (K10). `amount` is yuan as text."""

    key = fields.String()
    title = fields.String()
    rows = Plain(metadata={"type": "array"})
    amount = Plain(metadata={"type": "string"})
    reference = fields.String(allow_none=True)
    status = fields.String(allow_none=True)


class TimelineEntrySchema(Schema):
    """One line of the history."""

    seq = fields.Integer()
    action = fields.String()
    at = fields.DateTime()
    by = fields.Nested(PersonSchema, allow_none=True)
    lane = fields.String(allow_none=True)
    lane_title = fields.String()
    element_id = fields.String(allow_none=True)
    title = fields.String()
    round = fields.Integer()
    outcome = fields.String(allow_none=True)
    outcome_title = fields.String(allow_none=True)
    outcome_kind = fields.String(allow_none=True)
    seconds = fields.Integer(allow_none=True)
    opinion = fields.String(allow_none=True)
    marks = fields.List(fields.Nested(FieldMarkSchema))
    tally = fields.Nested(TallySchema, allow_none=True)
    signer = fields.String(allow_none=True)
    reasons = fields.List(fields.Nested(DecisionSchema))


class StepSchema(Schema):
    """A step of the stepper. state: done, now, next, skipped."""

    element_id = fields.String()
    title = fields.String()
    lane = fields.String()
    lane_title = fields.String()
    state = fields.String()
    round = fields.Integer()
    at = fields.DateTime(allow_none=True)


class SubmissionSchema(Schema):
    """The answers of a completed task; paths in `masked` show a mask, those in `erased` are gone."""

    id = fields.UUID()
    task_id = fields.UUID()
    element_id = fields.String()
    title = fields.String()
    lane = fields.String()
    round = fields.Integer()
    number = fields.Integer()
    outcome = fields.String(allow_none=True)
    by = fields.Nested(PersonSchema)
    at = fields.DateTime()
    answers = Plain(metadata={"type": "object"})
    masked = Plain(metadata={"type": "array"})
    erased = Plain(metadata={"type": "array"})
    attachments = fields.List(fields.Nested(AttachmentSchema))


class OpenTaskSchema(Schema):
    """An open task as it shows on its application."""

    id = fields.UUID()
    element_id = fields.String()
    title = fields.String()
    lane = fields.String()
    lane_title = fields.String()
    round = fields.Integer()
    holder = fields.Nested(PersonSchema, allow_none=True)
    created_at = fields.DateTime()
    due_at = fields.DateTime(allow_none=True)
    mine = fields.Boolean()
    item = Plain(allow_none=True)


class AccessSchema(Schema):
    """What the task may do with its form: what is not named here may be edited."""

    rights = fields.Dict(
        fields.String(),
        fields.String(),
        metadata={"description": "By path or group, as the package says: edit, read or hidden."},
    )
    unlocked = fields.List(
        fields.String(),
        attribute="open_paths",
        allow_none=True,
        metadata={"description": "After a return the only paths that are open; null where all are."},
    )


class TaskSchema(Schema):
    """A task with all that is needed to do it. `why_not` is the code of why the caller may not complete it."""

    id = fields.UUID()
    instance_id = fields.UUID()
    number = fields.String()
    process_key = fields.String()
    process_title = fields.String()
    definition_version = fields.Integer()
    instance_status = fields.String()
    applicant = fields.String()
    element_id = fields.String()
    title = fields.String()
    documentation = fields.String()
    lane = fields.String()
    lane_title = fields.String()
    round = fields.Integer()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    version = fields.Integer(metadata={"description": "Goes back as `task_version`."})
    created_at = fields.DateTime()
    claimed_at = fields.DateTime(allow_none=True)
    due_at = fields.DateTime(allow_none=True)
    expires_at = fields.DateTime(
        allow_none=True,
        metadata={"description": "When the application expires unless this task is completed."},
    )
    ended_at = fields.DateTime(allow_none=True)
    holder = fields.Nested(PersonSchema, allow_none=True)
    is_holder = fields.Boolean()
    may_claim = fields.Boolean()
    may_release = fields.Boolean()
    may_complete = fields.Boolean()
    why_not = fields.String(allow_none=True)
    outcomes = fields.List(fields.Nested(OutcomeSchema))
    form = FormField(dump_only=True, metadata={"type": "object"})
    draft = fields.Nested(DraftViewSchema, allow_none=True)
    answers = Plain(metadata={"type": "object"})
    attachments = fields.List(fields.Nested(AttachmentSchema))
    marks = fields.List(fields.Nested(FieldMarkSchema))
    access = fields.Nested(AccessSchema)
    return_reason = fields.String(allow_none=True)
    returns = fields.List(fields.Nested(ReturnTargetSchema))
    cards = fields.List(fields.Nested(CardSchema))
    submissions = fields.List(fields.Nested(SubmissionSchema))
    item = Plain(allow_none=True)
    signing = fields.Nested(SigningSchema, allow_none=True)


class TaskResultSchema(Schema):
    """The short answer of a verb on a task: the task and its application as they are now."""

    id = fields.UUID()
    instance_id = fields.UUID()
    number = fields.String()
    element_id = fields.String()
    title = fields.String()
    lane = fields.String()
    round = fields.Integer()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    version = fields.Integer()
    holder = fields.Nested(PersonSchema, allow_none=True)
    instance_status = fields.String()
    instance_outcome = fields.String(allow_none=True)


class InstanceSchema(Schema):
    """An application with its history, its place in the process and what was handed in."""

    id = fields.UUID()
    number = fields.String()
    process_key = fields.String()
    title = fields.String()
    definition_id = fields.UUID()
    definition_version = fields.Integer()
    definition_sha256 = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    outcome_title = fields.String(allow_none=True)
    applicant = fields.String()
    organisation_id = fields.UUID()
    started_by = fields.Nested(PersonSchema, allow_none=True)
    created_at = fields.DateTime()
    ended_at = fields.DateTime(allow_none=True)
    quarantined = fields.Boolean()
    may_withdraw = fields.Boolean()
    may_cancel = fields.Boolean()
    open_tasks = fields.List(fields.Nested(OpenTaskSchema))
    marks = fields.List(fields.Nested(FieldMarkSchema))
    timeline = fields.List(fields.Nested(TimelineEntrySchema))
    stepper = fields.List(fields.Nested(StepSchema))
    submissions = fields.List(fields.Nested(SubmissionSchema))
    cards = fields.List(fields.Nested(CardSchema))
    signings = fields.List(fields.Nested(SigningSchema))
    ahead = fields.List(fields.Nested(AheadWaySchema))
    expected = fields.Nested(ExpectationSchema, allow_none=True)


class DiagramSchema(Schema):
    """The BPMN diagram and where the application stands on it."""

    title = fields.String()
    xml = fields.Function(lambda view: view.xml.decode())
    marking = Plain(metadata={"type": "array"})
    done = Plain(metadata={"type": "array"})
    flows = Plain(metadata={"type": "array"})


class JournalSchema(Schema):
    """The events of an application as they were written, and whether their chain holds."""

    stream = fields.String()
    ok = fields.Boolean()
    why = fields.String(allow_none=True)
    first_bad_seq = fields.Integer(allow_none=True)
    events = fields.Function(lambda view: plain(view.events, whole=True), metadata={"type": "array"})


class CaseResultSchema(Schema):
    """The short answer of a verb on an application; `tasks` are the open ones that the caller may see."""

    id = fields.UUID()
    number = fields.String()
    process_key = fields.String()
    status = fields.String()
    outcome = fields.String(allow_none=True)
    tasks = fields.List(fields.Nested(TaskResultSchema))
