"""What a run of scenarios walked over: sequence flows and decision rules, read from the trail in the journal.

A process that is only called has no scenarios: those of its callers walk over it, all calls of it together. One that
can be started by itself is walked over by its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.packages import Package


@dataclass
class Coverage:
    """The union over the scenarios of one package. What lies in a called process is named ``<process>.<id>``."""

    package: Package
    flows: set[str] = field(default_factory=set)
    boundaries: set[str] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)

    def add(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Take in the events of an instance."""
        elements = self.package.definition.elements
        for event in events:
            for entry in event["trail"]:
                if entry["kind"] == "flow" and (flow := self._name(entry["flow_id"] or "")) in self.all_flows:
                    self.flows.add(flow)
                element = elements.get(entry["element_id"])
                name = self._name(entry["element_id"])
                if element is None or name is None:
                    continue
                if element.kind == "boundary_event" and entry["kind"] == "left":
                    self.boundaries.add(name)
                if entry["kind"] == "decision":
                    table = name.removesuffix(element.local) + element.properties.get("decision", "")
                    self.rules.update((table, rule) for rule in entry["rules"])

    def _name(self, drawn_id: str) -> str | None:
        """Return the name of what is drawn; None where another's scenarios have to walk."""
        package, local = self.package.at(drawn_id)
        if package is self.package:
            return local
        return f"{package.key}.{local}" if package.manifest.callable_only else None

    @property
    def all_flows(self) -> set[str]:
        """Every sequence flow that is drawn."""
        return {name for flow in self.package.definition.flows if (name := self._name(flow)) is not None}

    @property
    def all_boundaries(self) -> set[str]:
        """Every boundary event that is drawn."""
        drawn = self.package.definition.elements.values()
        names = (self._name(element.id) for element in drawn if element.kind == "boundary_event")
        return {name for name in names if name is not None}

    @property
    def all_rules(self) -> set[tuple[str, str]]:
        """Every rule of every decision table."""
        tables = self.package.definition.decisions
        return {
            (name, rule.id)
            for key, table in tables.items()
            if (name := self._name(key)) is not None
            for rule in table.rules
        }

    def numbers(self) -> dict[str, int]:
        """Return covered and total of flows, boundary events and rules."""
        return {
            "flows_covered": len(self.flows),
            "flows_total": len(self.all_flows),
            "boundary_covered": len(self.boundaries),
            "boundary_total": len(self.all_boundaries),
            "rules_covered": len(self.rules & self.all_rules),
            "rules_total": len(self.all_rules),
        }

    def missing(self) -> list[str]:
        """Return what no scenario walked over, as ids."""
        return [
            *sorted(self.all_flows - self.flows),
            *sorted(self.all_boundaries - self.boundaries),
            *(f"{decision}/{rule}" for decision, rule in sorted(self.all_rules - self.rules)),
        ]
