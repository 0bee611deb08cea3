"""From DMN XML to decision tables. An allow-list: what is not read here is refused by name with its line."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from lxml.etree import QName, _Element

from workflows.engine.decisions.errors import DecisionError
from workflows.engine.decisions.table import TYPES, DecisionTable, Input, Output, Rule
from workflows.engine.decisions.vocabulary import (
    ATTRIBUTES,
    CHILDREN,
    COMMON,
    DMN,
    DRAWING_ATTRIBUTES,
    FEEL,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_RULES,
    NAME,
    OLDER,
)
from workflows.engine.expressions import (
    Expression,
    ExpressionError,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
)
from workflows.engine.findings import Finding
from workflows.engine.xml import XmlRefused, line_of, read_xml

POLICIES = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT")
Compiled = TypeVar("Compiled", Expression, UnaryTests)


@dataclass
class Room:
    """What is left for tables of a package: cells, and characters in them and in the heads of their columns."""

    cells: int = MAX_CELLS
    characters: int = MAX_CHARACTERS

    def take(self, root: _Element) -> bool:
        """Is there room for the tables of a file? It is taken."""
        self.cells -= sum(1 for tag in ("inputEntry", "outputEntry") for _ in root.iter(f"{{{DMN}}}{tag}"))
        self.characters -= sum(len(text.text or "") for text in root.iter(f"{{{DMN}}}text"))
        return not self.is_used_up

    @property
    def is_used_up(self) -> bool:
        """Is there more than there may be?"""
        return self.cells < 0 or self.characters < 0


def parse_decisions(xml: bytes, file: str, room: Room | None = None) -> dict[str, DecisionTable]:
    """Read every decision of a DMN file. ``room`` is shared by the files of a package.

    Raises DecisionError with all findings, nothing else.
    """
    room = room or Room()
    reading = _Reading(file)
    if room.is_used_up:  # not even read: the finding is at the file that was too much
        return {}
    try:
        root = read_xml(xml)
    except XmlRefused as error:
        raise DecisionError([Finding(file, None, error.line, error.rule, error.message)]) from None
    if not room.take(root):
        message = f"All tables together have {MAX_CELLS} cells and {MAX_CHARACTERS} characters in them at most."
        reading.refuse(root, "dmn_too_large", message, cells=MAX_CELLS, characters=MAX_CHARACTERS)
        raise DecisionError(reading.findings)
    tables = reading.tables(root)
    if reading.findings:
        raise DecisionError(sorted(reading.findings, key=lambda finding: finding.line or 0))
    return tables


class _Reading:
    """Reads one file and collects the findings as it goes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.ids: set[str] = set()

    def refuse(self, element: _Element, rule: str, message: str, **params: Any) -> None:
        identifier = element.get("id") or QName(element).localname
        self.findings.append(Finding(self.file, identifier, line_of(element), rule, message, params))

    def tables(self, root: _Element) -> dict[str, DecisionTable]:
        name = QName(root)
        if name.namespace in OLDER:
            self.refuse(root, "dmn_version", "This is an older DMN; save the table as DMN 1.3.")
            return {}
        if name.namespace != DMN or name.localname != "definitions":
            self.refuse(root, "dmn_root", "This is no DMN 1.3 file; its first element must be definitions.")
            return {}
        self._allow(root)
        tables: dict[str, DecisionTable] = {}
        for decision in _children(root, "decision"):
            table = self._decision(decision)
            if table is not None:
                tables[table.id] = table
        if not tables and not self.findings:
            self.refuse(root, "dmn_no_decision", "The file holds no decision.")
        return tables

    def _allow(self, root: _Element) -> None:
        waiting = [root]
        while waiting:
            element = waiting.pop()
            name = QName(element).localname
            self._allow_attributes(element, name)
            known = CHILDREN.get(name, frozenset())
            for child in element:
                tag = QName(child)
                if tag.namespace == DMN and tag.localname in known:
                    waiting.append(child)
                elif not (name == "definitions" and tag.localname == "DMNDI"):
                    rule = "dmn_not_supported"
                    self.refuse(
                        child,
                        rule,
                        f"{tag.localname} inside {name} is not supported; a decision is one table.",
                    )
            identifier = element.get("id")
            if identifier is not None and identifier in self.ids:
                self.refuse(element, "dmn_duplicate_id", f"The id {identifier} is used twice.")
            elif identifier is not None:
                self.ids.add(identifier)

    def _allow_attributes(self, element: _Element, name: str) -> None:
        for attribute in element.attrib:
            tag = QName(str(attribute))
            if tag.namespace in DRAWING_ATTRIBUTES:
                continue
            if tag.namespace is not None or tag.localname not in COMMON | ATTRIBUTES.get(name, frozenset()):
                self.refuse(
                    element, "dmn_not_supported", f"The attribute {tag.localname} of {name} is not supported."
                )
        language = element.get("expressionLanguage") or ""
        if language not in FEEL:
            self.refuse(
                element, "dmn_language", f"The expression language {language} is not supported; use FEEL."
            )

    def _decision(self, decision: _Element) -> DecisionTable | None:
        identifier = decision.get("id") or ""
        if not NAME.fullmatch(identifier):
            self.refuse(
                decision,
                "dmn_id",
                f"The id {identifier!r} of a decision must be a FEEL name: letters, digits, _.",
            )
            return None
        found = _children(decision, "decisionTable")
        if len(found) != 1:
            self.refuse(
                decision, "dmn_no_table", f"The decision {identifier} needs exactly one decision table."
            )
            return None
        return self._table(decision, found[0])

    def _table(self, decision: _Element, table: _Element) -> DecisionTable | None:
        before = len(self.findings)
        policy = self._policy(table)
        aggregation = self._aggregation(table, policy)
        inputs = [self._input(element) for element in _children(table, "input")]
        outputs = self._outputs(table, decision.get("id") or "", policy)
        if not inputs or not outputs or len(inputs) + len(outputs) > MAX_COLUMNS:
            self.refuse(
                table,
                "dmn_columns",
                f"A table needs an input and an output, and at most {MAX_COLUMNS} columns.",
            )
        rows = _children(table, "rule")
        if len(rows) > MAX_RULES:
            self.refuse(table, "dmn_too_many_rules", f"A table has at most {MAX_RULES} rules.")
        if aggregation and len(outputs) != 1:
            self.refuse(table, "dmn_aggregation", "Aggregation needs exactly one output column.")
        rules = [self._rule(row, len(inputs), len(outputs)) for row in rows[:MAX_RULES]]
        if len(self.findings) > before:
            return None
        columns = tuple(column for column in inputs if column is not None)
        kept = tuple(rule for rule in rules if rule is not None)
        names, choices = _names_of(columns, tuple(outputs), kept)
        return DecisionTable(
            id=decision.get("id") or "",
            name=decision.get("name") or "",
            hit_policy=policy,
            aggregation=aggregation,
            inputs=columns,
            outputs=tuple(outputs),
            rules=kept,
            names=names,
            choices=choices,
        )

    def _policy(self, table: _Element) -> str:
        policy = table.get("hitPolicy") or "UNIQUE"
        if policy not in POLICIES:
            message = (
                f"The hit policy {policy} is not supported; use {', '.join(POLICIES[:-1])} or {POLICIES[-1]}."
            )
            self.refuse(table, "dmn_hit_policy", message, policy=policy)
        return policy

    def _aggregation(self, table: _Element, policy: str) -> str | None:
        aggregation = table.get("aggregation")
        if aggregation is None:
            return None
        if policy != "COLLECT" or aggregation not in ("SUM", "MIN", "MAX", "COUNT"):
            message = (
                f"The aggregation {aggregation} is not supported; COLLECT knows SUM, MIN, MAX and COUNT."
            )
            self.refuse(table, "dmn_aggregation", message, aggregation=aggregation)
        return aggregation

    def _input(self, element: _Element) -> Input | None:
        found = _children(element, "inputExpression")
        if len(found) != 1:
            self.refuse(element, "dmn_input", "An input column needs an expression.")
            return None
        expression = self._compiled(found[0], compile_expression)
        if expression is None:
            return None
        label = element.get("label") or expression.text
        return Input(element.get("id") or "", label, expression, self._allowed(element, "inputValues"))

    def _outputs(self, table: _Element, decision: str, policy: str) -> list[Output]:
        elements = _children(table, "output")
        outputs: list[Output] = []
        for element in elements:
            name = element.get("name") or (decision if len(elements) == 1 else "")
            kind = element.get("typeRef") or ""
            if not NAME.fullmatch(name):
                self.refuse(
                    element, "dmn_output", f"An output column needs a name that is a FEEL name, not {name!r}."
                )
            elif any(name == output.name for output in outputs):
                self.refuse(element, "dmn_output", f"Two output columns are called {name}.")
            if kind not in TYPES and kind not in ("", "Any"):
                self.refuse(
                    element,
                    "dmn_type",
                    f"The type {kind} is not supported; use string, number, boolean or date.",
                )
            label = element.get("label") or name
            allowed = self._allowed(element, "outputValues")
            order = self._order(element) if policy == "PRIORITY" and allowed else ()
            outputs.append(Output(element.get("id") or "", name, label, kind, allowed, order))
        if policy == "PRIORITY" and not any(output.order for output in outputs):
            message = "PRIORITY needs an output column that lists its values, from the highest priority to the lowest."
            self.refuse(table, "dmn_priority", message)
        return outputs

    def _order(self, element: _Element) -> tuple[Any, ...]:
        """The listed values of an output column, in their order; they are constants."""
        text = _text(_children(element, "outputValues")[0]).strip()
        found: list[Any] = []
        with suppress(ExpressionError):
            found = compile_expression(f"[{text}]").evaluate({})
        if not found or None in found:  # a name is null where nothing is known
            message = "The output values of a PRIORITY table are constants, from the highest priority to the lowest."
            self.refuse(element, "dmn_priority", message)
            return ()
        return tuple(found)

    def _allowed(self, element: _Element, tag: str) -> UnaryTests | None:
        found = _children(element, tag)
        if not found or not _text(found[0]).strip():
            return None
        return self._compiled(found[0], compile_unary_tests)

    def _rule(self, row: _Element, inputs: int, outputs: int) -> Rule | None:
        cells, results = _children(row, "inputEntry"), _children(row, "outputEntry")
        if not row.get("id"):
            self.refuse(row, "dmn_id", "Every rule needs an id; the journal names the rule that decided.")
            return None
        if len(cells) != inputs or len(results) != outputs:
            message = f"Rule {row.get('id')} has {len(cells)} input and {len(results)} output cells, not {inputs} and {outputs}."
            self.refuse(row, "dmn_cells", message)
            return None
        tests = [self._compiled(cell, compile_unary_tests) for cell in cells]
        expressions = [self._result(cell) for cell in results]
        if None in tests:
            return None
        kept = tuple(test for test in tests if test is not None)
        return Rule(row.get("id") or "", line_of(row) or 0, kept, tuple(expressions))

    def _result(self, cell: _Element) -> Expression | None:
        text = _text(cell).strip()
        return None if text in ("", "-") else self._compiled(cell, compile_expression)

    def _compiled(self, element: _Element, compiler: Callable[[str], Compiled]) -> Compiled | None:
        text = _text(element).strip()
        try:
            return compiler(text)
        except ExpressionError as error:
            message = f"{error.message} ({text[:60]!r}, character {error.position + 1})"
            self.refuse(
                element, "expression_" + error.code, message, position=error.position, text=text[:200]
            )
            return None


def _names_of(
    inputs: tuple[Input, ...], outputs: tuple[Output, ...], rules: tuple[Rule, ...]
) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    allowed = [column.allowed for column in inputs] + [column.allowed for column in outputs]
    parts: list[Expression | UnaryTests | None] = [*(column.expression for column in inputs), *allowed]
    for rule in rules:
        parts += [*rule.tests, *rule.results]
    present = [part for part in parts if part is not None]
    names = frozenset(name for part in present for name in part.names)
    return names, frozenset(choice for part in present for choice in part.choices)


def _children(element: _Element, tag: str) -> list[_Element]:
    return element.findall(f"{{{DMN}}}{tag}")


def _text(element: _Element) -> str:
    found = element.find(f"{{{DMN}}}text")
    return (found.text or "") if found is not None else ""
