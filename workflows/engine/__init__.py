"""The process engine: deploy checks, expressions, decisions, state, and one step after the other.

The only package that imports SpiffWorkflow, and it imports nothing of ours. Rules: docs/engine.md.
"""

import logging

from workflows.engine.definition import parse_definition
from workflows.engine.errors import EngineError, NotOpen
from workflows.engine.findings import Finding, ModelRefused
from workflows.engine.lint import lint_model
from workflows.engine.model import Definition, Element, Flow, Lane
from workflows.engine.results import (
    AddSigner,
    Advance,
    Cancel,
    Closed,
    Command,
    Complete,
    Correlate,
    DueRequest,
    FactsMissing,
    Fail,
    Fire,
    Message,
    Opened,
    RemoveSigner,
    Return,
    SignersRequest,
    Timer,
    TrailEntry,
)
from workflows.engine.run import advance, read_control, start

# SpiffWorkflow logs every change of a task's state, with the task's data; our record is the trail.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = [
    "AddSigner",
    "Advance",
    "Cancel",
    "Closed",
    "Command",
    "Complete",
    "Correlate",
    "Definition",
    "DueRequest",
    "Element",
    "EngineError",
    "FactsMissing",
    "Fail",
    "Finding",
    "Fire",
    "Flow",
    "Lane",
    "Message",
    "ModelRefused",
    "NotOpen",
    "Opened",
    "RemoveSigner",
    "Return",
    "SignersRequest",
    "Timer",
    "TrailEntry",
    "advance",
    "lint_model",
    "parse_definition",
    "read_control",
    "start",
]
