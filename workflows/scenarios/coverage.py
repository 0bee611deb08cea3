"""What a run of scenarios walked over: sequence flows and decision rules, read from the trail in the journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.engine import Definition


@dataclass
class Coverage:
    """The union over the scenarios of one package."""

    definition: Definition
    flows: set[str] = field(default_factory=set)
    boundaries: set[str] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in the events of an instance."""
        for event in events:
            for entry in event["trail"]:
                if entry["kind"] == "flow" and entry["flow_id"] in self.definition.flows:
                    self.flows.add(entry["flow_id"])
                element = self.definition.elements.get(entry["element_id"])
                if element is None:
                    continue
                if element.kind == "boundary_event" and entry["kind"] == "left":
                    self.boundaries.add(element.id)
                if entry["kind"] == "decision":
                    decision = element.properties.get("decision", "")
                    self.rules.update((decision, rule) for rule in entry["rules"])

    @property
    def all_boundaries(self) -> set[str]:
        """Every boundary event that is drawn."""
        return {
            element.id for element in self.definition.elements.values() if element.kind == "boundary_event"
        }

    @property
    def all_rules(self) -> set[tuple[str, str]]:
        """Every rule of every decision table."""
        tables = self.definition.decisions.values()
        return {(table.id, rule.id) for table in tables for rule in table.rules}

    def numbers(self) -> dict[str, int]:
        """Return covered and total of flows, boundary events and rules."""
        return {
            "flows_covered": len(self.flows),
            "flows_total": len(self.definition.flows),
            "boundary_covered": len(self.boundaries),
            "boundary_total": len(self.all_boundaries),
            "rules_covered": len(self.rules & self.all_rules),
            "rules_total": len(self.all_rules),
        }

    def missing(self) -> list[str]:
        """Return what no scenario walked over, as ids."""
        return [
            *sorted(self.definition.flows.keys() - self.flows),
            *sorted(self.all_boundaries - self.boundaries),
            *(f"{decision}/{rule}" for decision, rule in sorted(self.all_rules - self.rules)),
        ]
