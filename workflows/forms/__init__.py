"""Forms: form-js JSON read into fields, and answers checked, typed and parted by a schema built from it."""

from workflows.forms.answers import load_answers, load_draft
from workflows.forms.conditions import advices, compute, hidden_paths, settle
from workflows.forms.errors import ErrorCode, FormRefused, InvalidForm
from workflows.forms.form import Check, Fact, Field, Form, Option, personal_paths, plain_path
from workflows.forms.reading import lint_form, parse_form
from workflows.forms.submission import PersonalField, Submission, part_draft, with_people, without_people
from workflows.forms.surroundings import AttachmentInfo
from workflows.forms.vocabulary import ROW_ID

__all__ = [
    "ROW_ID",
    "AttachmentInfo",
    "Check",
    "ErrorCode",
    "Fact",
    "Field",
    "Form",
    "FormRefused",
    "InvalidForm",
    "Option",
    "PersonalField",
    "Submission",
    "advices",
    "compute",
    "hidden_paths",
    "lint_form",
    "load_answers",
    "load_draft",
    "parse_form",
    "part_draft",
    "personal_paths",
    "plain_path",
    "settle",
    "with_people",
    "without_people",
]
