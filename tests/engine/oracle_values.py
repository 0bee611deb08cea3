"""What the oracle's conditions read: the outcomes and counts of tasks, each in the scope that it belongs to."""

from dataclasses import dataclass, field


@dataclass
class Scope:
    """Values of one process or one run of several, and what is around it. A called process sees nothing around it."""

    around: "Scope | None" = None
    values: dict[str, dict[str, object]] = field(default_factory=dict)

    def write(self, name: str, value: dict[str, object]) -> None:
        """An empty value is null."""
        self.values[name] = value

    def read(self, name: str, part: str) -> object:
        if name in self.values:
            return self.values[name].get(part)
        return None if self.around is None else self.around.read(name, part)


def is_true(condition: str | None, scope: Scope) -> bool:
    """Conditions are ``task.outcome = "x" or task.nr_of_completed >= 2 or …``."""
    for part in (condition or "").split(" or "):
        name, sign, word = part.strip().partition(" = ") if " = " in part else part.strip().partition(" >= ")
        task, _, field_name = name.partition(".")
        found = scope.read(task, field_name)
        if sign == " = " and found == word.strip('"'):
            return True
        if sign == " >= " and isinstance(found, int) and found >= int(word):
            return True
    return False


def number_of(text: str, scope: Scope) -> int:
    """How many runs: a number, or what a task gave."""
    if text.isdigit():
        return int(text)
    task, _, field_name = text.partition(".")
    found = scope.read(task, field_name)
    return found if isinstance(found, int) else 0
