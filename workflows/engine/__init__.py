"""The process engine: deploy checks, expressions, decisions, state, and one step after the other.

The only package that imports SpiffWorkflow, and it imports nothing of ours. Rules: docs/engine.md.
"""

import logging

from workflows.engine.ahead import Way, ways_ahead
from workflows.engine.definition import parse_definition
from workflows.engine.errors import EngineError, NotOpen
from workflows.engine.findings import Finding, ModelRefused
from workflows.engine.lint import lint_model
from workflows.engine.model import Definition, Element, Flow, Lane
from workflows.engine.reading import called_processes
from workflows.engine.results import (
    AddSigner,
    Advance,
    Cancel,
    Closed,
    Command,
    Complete,
    Correlate,
    Countersigned,
    DueRequest,
    FactsMissing,
    Fail,
    Fire,
    Message,
    Opened,
    RemoveSigner,
    Reschedule,
    Return,
    ScriptRequest,
    Signature,
    SignersRequest,
    Timer,
    TrailEntry,
)
from workflows.engine.returns import REASONS as RETURN_REASONS
from workflows.engine.returns import return_refusal
from workflows.engine.run import advance, read_control, read_countersigned, start

# SpiffWorkflow logs every change of a task's state, with the task's data; our record is the trail.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = [
    "RETURN_REASONS",
    "AddSigner",
    "Advance",
    "Cancel",
    "Closed",
    "Command",
    "Complete",
    "Correlate",
    "Countersigned",
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
    "Reschedule",
    "Return",
    "ScriptRequest",
    "Signature",
    "SignersRequest",
    "Timer",
    "TrailEntry",
    "Way",
    "advance",
    "called_processes",
    "lint_model",
    "parse_definition",
    "read_control",
    "read_countersigned",
    "return_refusal",
    "start",
    "ways_ahead",
]
