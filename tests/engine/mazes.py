"""Random graphs of gateways and tasks, mostly unsound; each decision is asked for by a task of its own right before it."""

import random


def maze(seed: int) -> str:
    """The lines. Between two gateways lies a task, or nothing."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
    kinds = [chance.choice("xxppo") for _ in range(chance.randint(2, 6))]
    ways = _ways(chance, len(kinds))
    entries = [f"{kind}_in{n}" if kind != "p" and len(ways[n]) > 1 else f"{kind}_{n}" for n, kind in enumerate(kinds)]
    lines, serial = [f"start -> {entries[0]}"], 0
    for number, kind in enumerate(kinds):
        gate, asked, out = f"{kind}_{number}", f"d{number}", ways[number]
        decides = entries[number] != gate
        if decides:
            lines.append(f"{entries[number]} -> {asked} -> {gate}")
        for way, target in enumerate(out):
            serial += 1
            last = way == len(out) - 1
            word = f' when {asked}.outcome = "w{way}" or {asked}.outcome = "both"' if decides and not last else ""
            first = f"{gate} {'=>' if decides and last else '->'}"
            name = target if isinstance(target, str) else entries[target]
            if chance.random() < 0.7 or out.count(target) > 1:
                lines += [f"{first} t{serial}{word}", f"t{serial} -> {name}"]
            else:
                lines.append(f"{first} {name}{word}")
    return "\n".join(lines)


def _ways(chance: random.Random, count: int) -> list[list[int | str]]:
    """By gateway where its flows lead: to gateways by number, or to ends. Every gateway is reached."""
    ends = ["end", "end_2", *(["stop"] if chance.random() < 0.3 else [])]
    ways: list[list[int | str]] = [[] for _ in range(count)]
    for number in range(count):
        for _ in range(chance.randint(1, 3)):
            ahead: list[int | str] = [*range(number + 1, count), chance.choice(ends)]
            ways[number].append(chance.choice([*range(number + 1)] if chance.random() < 0.2 else ahead))
        if number and not any(number in before for before in ways[:number]):
            ways[chance.randrange(number)].append(number)
    if not any(isinstance(target, str) for some in ways for target in some):
        ways[-1].append("end")
    return ways
