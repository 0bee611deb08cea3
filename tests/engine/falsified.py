"""Journals in which one event was changed by hand, so that a replay has something to find."""

import copy
import random
from typing import Any

Event = dict[str, Any]


def falsify(events: list[Event], chance: random.Random) -> tuple[str, int, list[Event]]:
    """What was changed, the number of the event whose replay must differ, and the changed copy."""
    ways = [_values, _facts, _seed, _marking, _digest]
    chance.shuffle(ways)
    for way in ways:
        numbers = list(range(len(events)))
        chance.shuffle(numbers)
        for number in numbers:
            changed = copy.deepcopy(events)
            if way(changed, number):
                return way.__name__.removeprefix("_"), number + 1, changed
    raise AssertionError(events)


def _digest(events: list[Event], number: int) -> bool:
    events[number]["digest"] = "2:" + "0" * 64
    return True


def _marking(events: list[Event], number: int) -> bool:
    if not events[number]["marking"]:
        return False
    events[number]["marking"][0]["round"] += 1
    return True


def _values(events: list[Event], number: int) -> bool:
    """Another answer: it stays in the values that a task on the level of the process wrote."""
    event = events[number]
    if event["action"] != "task.completed" or not _is_plain(events, number):
        return False
    event["inputs"]["values"]["forged"] = True
    return True


def _is_plain(events: list[Event], number: int) -> bool:
    """Was the task one that stands on the level of the process, once?"""
    key = events[number]["details"]["key"]
    entry = next(entry for entry in events[number - 1]["marking"] if entry["key"] == key)
    again = any(one["element"] == entry["element"] for one in events[number]["marking"])
    return "within" not in entry and not again


def _facts(events: list[Event], number: int) -> bool:
    """A deadline that is not given any more."""
    facts = events[number]["facts"]
    name = next((name for name in facts if name.startswith(("due:", "signers:"))), None)
    if name is None:
        return False
    del facts[name]
    return True


def _seed(events: list[Event], number: int) -> bool:
    """Another seed makes other keys."""
    before = {entry["key"] for entry in events[number - 1]["marking"]} if number else set()
    if all(entry["key"] in before or entry["key"] is None for entry in events[number]["marking"]):
        return False
    events[number]["inputs"]["seed"] = "another"
    return True
