"""Lines of arrows, parsed: see ``diagrams``, which draws them. The oracles read them here and draw nothing."""

import re
from dataclasses import dataclass, field

_TAGS = {
    "start": "startEvent", "end": "endEvent", "stop": "endEvent", "x": "exclusiveGateway", "p": "parallelGateway",
    "s": "serviceTask", "r": "businessRuleTask", "o": "inclusiveGateway", "e": "eventBasedGateway", "m": "manualTask",
    "send": "sendTask", "recv": "receiveTask", "catch": "intermediateCatchEvent", "throw": "intermediateThrowEvent",
    "b": "boundaryEvent", "sub": "subProcess", "call": "callActivity", "calc": "scriptTask",
}  # fmt: skip


@dataclass
class Sketch:
    """The parsed lines: nodes in the order of their first mention, and flows (source, target, default, condition)."""

    nodes: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, bool, str | None]] = field(default_factory=list)
    parents: dict[str, str | None] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    repeats: dict[str, str] = field(default_factory=dict)  # how often an activity is done: each, times, loop

    def __post_init__(self) -> None:
        self._into: dict[str, list[int]] = {}
        self._out: dict[str, list[int]] = {}
        self._borders: dict[str, list[str]] = {}

    def index(self) -> None:
        """Note once what the oracles look up all the time."""
        for number, (source, target, _, _) in enumerate(self.flows):
            self._out.setdefault(source, []).append(number)
            self._into.setdefault(target, []).append(number)
        for name in self.nodes:
            if (host := self.host(name)) is not None:
                self._borders.setdefault(host, []).append(name)

    def into(self, name: str) -> list[int]:
        """The flows into a node."""
        return self._into.get(name, [])

    def out(self, name: str) -> list[int]:
        """The flows out of a node."""
        return self._out.get(name, [])

    def borders(self, name: str) -> list[str]:
        """The boundary events on an activity."""
        return self._borders.get(name, [])

    def of_level(self, level: str | None) -> list[str]:
        """The nodes of the process, or of a sub-process."""
        return [name for name in self.nodes if self.parents[name] == level]

    def all_within(self, name: str) -> list[str]:
        """Everything in a sub-process, however deep."""
        found = [one for one in self.nodes if self.parents[one] == name]
        return found + [inner for one in found if tag_of(one) == "subProcess" for inner in self.all_within(one)]

    def host(self, name: str) -> str | None:
        """The activity that a boundary event sits on."""
        words = self.details.get(name, "").split()
        return words[1] if words and words[0] in {"on", "beside"} else None


def tag_of(name: str) -> str:
    """The BPMN tag that a name stands for."""
    for head in ("start", "end", "stop"):
        if name.startswith(head):
            return _TAGS[head]
    head, line, _ = name.partition("_")
    return _TAGS.get(head, "userTask") if line else "userTask"


def sketch(lines: str) -> Sketch:
    """Parse the lines."""
    found = Sketch()
    for line in filter(None, map(str.strip, lines.splitlines())):
        if line.startswith("@"):
            name, _, detail = line[1:].strip().partition(" ")
            repeated = detail.split()[0] in {"each", "times", "loop"}
            (found.repeats if repeated else found.details)[name] = detail.strip()
            continue
        level = re.match(r"(sub_\w+):(.*)", line)
        parent, rest = (level[1], level[2]) if level else (None, line)
        path, _, condition = rest.partition(" when ")
        parts = re.split(r"\s*(->|=>)\s*", path.strip())
        names, arrows = parts[::2], parts[1::2]
        for name in names:
            if name not in found.nodes:
                found.nodes.append(name)
                found.parents[name] = parent
        for number, arrow in enumerate(arrows):
            last = number == len(arrows) - 1
            found.flows.append(
                (names[number], names[number + 1], arrow == "=>", condition if condition and last else None)
            )
    for name in found.nodes:
        host = found.host(name)
        if host is not None:
            found.parents[name] = found.parents[host]
    found.index()
    return found
