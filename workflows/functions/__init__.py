"""Script tasks by name. The table is closed: a diagram names a function, it never brings one (rule 6)."""

from collections.abc import Mapping
from typing import Final

from workflows.functions import amount, working_days
from workflows.functions.function import Function, FunctionRefused

FUNCTIONS: Final[Mapping[str, Function]] = {
    function.name: function for function in (*amount.FUNCTIONS, *working_days.FUNCTIONS)
}

__all__ = ["FUNCTIONS", "Function", "FunctionRefused"]
