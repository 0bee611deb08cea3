"""Rows of figures: as JSON for programs, as lines for people."""

import json
import sys
from collections.abc import Sequence
from typing import Any


def write(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Write rows to the standard output."""
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


def numbers(words: Sequence[str], option: str, default: str) -> list[int]:
    """The whole numbers of an option such as ``--loops 10,1000``; a wrong one ends with status 2 and a sentence."""
    given = words[words.index(option) + 1 : words.index(option) + 2] if option in words else [default]
    parts = given[0].split(",") if given else []
    if not parts or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        sys.stderr.write(f"{option} takes whole numbers above 0, separated by commas: {option} {default}\n")
        sys.exit(2)
    return [int(part) for part in parts]
