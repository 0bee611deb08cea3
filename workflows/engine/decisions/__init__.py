"""Decision tables: DMN 1.3 as dmn-js writes it, in the expression language of docs/expressions.md."""

from workflows.engine.decisions.errors import DecisionError
from workflows.engine.decisions.reading import Room, parse_decisions
from workflows.engine.decisions.table import DecisionTable, Hit, Input, Output, Rule

__all__ = ["DecisionError", "DecisionTable", "Hit", "Input", "Output", "Room", "Rule", "parse_decisions"]
