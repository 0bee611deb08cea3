"""What can go wrong while a process runs. Every error discards the step as a whole (docs/engine.md, rule 9)."""

from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Why a step could not be made: the closed vocabulary of ``EngineError.code``."""

    TASK_NOT_OPEN = "task_not_open"
    VALUE_NOT_SUPPORTED = "value_not_supported"
    VALUE_TOO_LARGE = "value_too_large"
    EXPRESSION_FAILED = "expression_failed"
    DECISION_FAILED = "decision_failed"
    EACH_NOT_A_LIST = "each_not_a_list"
    SCRIPT_REFUSED = "script_refused"
    STEP_FAILED = "step_failed"
    STEP_TOO_LONG = "step_too_long"
    STATE_UNREADABLE = "state_unreadable"
    STATE_CODEC_UNKNOWN = "state_codec_unknown"
    STATE_TOO_LARGE = "state_too_large"
    STATE_OF_OTHER_DEFINITION = "state_of_other_definition"
    NOW_WITHOUT_ZONE = "now_without_zone"
    NO_WAY_OUT = "no_way_out"
    LIST_WANTED = "list_wanted"
    LIST_TOO_LONG = "list_too_long"
    TIMER_WRONG = "timer_wrong"
    TIMER_DUE = "timer_due"
    TIMER_NOT_DUE = "timer_not_due"
    FACT_WRONG = "fact_wrong"
    MESSAGE_NOT_AWAITED = "message_not_awaited"
    MESSAGE_AMBIGUOUS = "message_ambiguous"
    NOT_COUNTERSIGNED = "not_countersigned"
    COUNTERSIGN_EMPTY = "countersign_empty"
    COUNTERSIGN_WRONG = "countersign_wrong"
    SIGNER_TWICE = "signer_twice"
    SIGNER_UNKNOWN = "signer_unknown"
    SIGNER_DONE = "signer_done"
    SIGNER_NEEDED = "signer_needed"
    SIGNERS_FULL = "signers_full"
    RETURN_REFUSED = "return_refused"


class EngineError(Exception):
    """A step that could not be made. ``code`` is stable, ``params`` name element, expression or version."""

    def __init__(self, code: Fault, message: str, **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.params = params


class NotOpen(EngineError):
    """The task is not open: it was completed or cancelled, or never existed. Read the instance again."""

    def __init__(self, key: str) -> None:
        super().__init__(Fault.TASK_NOT_OPEN, f"No open task has the key {key}.", key=key)
