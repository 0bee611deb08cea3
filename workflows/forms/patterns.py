"""Patterns of text fields: a subset of regular expressions that is matched in linear time, whatever the pattern.

Python's ``re`` tries alternatives one after the other and can take exponential time; here all of them advance
together, one character at a time, so the cost is at most the length of the text times the states of the pattern.
"""

from dataclasses import dataclass
from typing import NoReturn

MAX_PATTERN = 200
MAX_STATES = 1_000
MAX_REPEAT = 200
MAX_DEPTH = 10

_DIGITS = ((48, 57),)
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE = ((9, 13), (32, 32), (0x3000, 0x3000))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_PLAIN_ESCAPES = frozenset(".-/\\()[]{}|?*+^$ _:,@#&'\"=!<>~%;")

Ranges = tuple[tuple[int, int], ...]


class PatternRefused(Exception):
    """A pattern outside the subset; the message says which part."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The pattern cannot be used: {why}.")


@dataclass(frozen=True, slots=True)
class _Set:
    ranges: Ranges
    negated: bool = False

    def holds(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Tree, ...]"


@dataclass(frozen=True, slots=True)
class _Either:
    branches: "tuple[_Tree, ...]"


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Tree"
    least: int
    most: int | None


_Tree = _Set | _Sequence | _Either | _Repeat


class Pattern:
    """A compiled pattern; a text fits only as a whole, as in HTML."""

    __slots__ = ("_accept", "_moves", "_start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        builder = _Builder()
        first = builder.state()
        last = builder.build(_Parser(text).parse(), first)
        self._moves = builder.closed()
        self._start = builder.closure({first})
        self._accept = last

    def fits(self, value: str) -> bool:
        """Whether the whole text fits."""
        current = self._start
        for character in value:
            code = ord(character)
            following: set[int] = set()
            for state in current:
                for accepted, closure in self._moves[state]:
                    if accepted.holds(code):
                        following |= closure
            if not following:
                return False
            current = frozenset(following)
        return self._accept in current

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


class _Parser:
    """Recursive descent over the pattern; the depth is bounded."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_PATTERN:
            self._refuse(f"it is longer than {MAX_PATTERN} characters")
        # The whole text must fit anyway, so anchors at the ends say nothing new.
        text = text.removeprefix("^")
        if text.endswith("$") and not text.endswith("\\$"):
            text = text[:-1]
        self.text = text
        self.at = 0
        self.depth = 0

    def parse(self) -> _Tree:
        tree = self._alternatives()
        if self.at < len(self.text):
            self._refuse(f"{self.text[self.at]!r} does not belong here")
        return tree

    def _alternatives(self) -> _Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse("it is nested too deeply")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else _Either(tuple(branches))

    def _sequence(self) -> _Tree:
        parts: list[_Tree] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._repeated())
        return _Sequence(tuple(parts))

    def _repeated(self) -> _Tree:
        part = self._atom()
        least, most = 1, 1
        sign = self.text[self.at : self.at + 1]
        if sign and sign in "?*+":
            self.at += 1
            least, most = {"?": (0, 1), "*": (0, -1), "+": (1, -1)}[sign]
        elif sign == "{":
            least, most = self._counts()
        else:
            return part
        if self.text[self.at : self.at + 1] in ("?", "*", "+", "{"):
            self._refuse("one repetition follows another")
        return _Repeat(part, least, None if most == -1 else most)

    def _counts(self) -> tuple[int, int]:
        end = self.text.find("}", self.at)
        body = self.text[self.at + 1 : end] if end > 0 else ""
        low, comma, high = body.partition(",")
        if (
            not low.isascii()
            or not low.isdigit()
            or (high and not (high.isascii() and high.isdigit()))
            or len(body) > 9
        ):
            self._refuse("a repetition is written {2}, {2,} or {2,5}")
        self.at = end + 1
        least = int(low)
        most = int(high) if high else (-1 if comma else least)
        if least > MAX_REPEAT or most > MAX_REPEAT or (most != -1 and most < least):
            self._refuse(f"a repetition counts up to {MAX_REPEAT}")
        return least, most

    def _atom(self) -> _Tree:
        character = self.text[self.at]
        self.at += 1
        if character == "(":
            if self._take("?") and not self._take(":"):
                self._refuse("only plain groups are allowed, no (?…)")
            tree = self._alternatives()
            if not self._take(")"):
                self._refuse("a parenthesis is not closed")
            return tree
        if character == "[":
            return self._set()
        if character == ".":
            return _Set(((10, 10), (13, 13)), negated=True)
        if character == "\\":
            return _Set(self._escaped())
        if character in "?*+{}]^$":
            self._refuse(f"{character!r} does not belong here; write \\{character} for the character itself")
        return _Set(((ord(character), ord(character)),))

    def _escaped(self) -> Ranges:
        if self.at >= len(self.text):
            self._refuse("it ends with a backslash")
        character = self.text[self.at]
        self.at += 1
        if character in _CLASSES:
            return _CLASSES[character]
        if character not in _PLAIN_ESCAPES:
            self._refuse(f"\\{character} is not supported")
        return ((ord(character), ord(character)),)

    def _set(self) -> _Set:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            if self.at >= len(self.text):
                self._refuse("a [ is not closed")
            low = self._member()
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in (
                "]",
                "",
            ):
                self.at += 1
                high = self._member()
                if len(low) > 1 or len(high) > 1 or low[0][0] != low[0][1] or low[0][0] > high[0][1]:
                    self._refuse("a range in [ ] runs from a smaller to a larger character")
                ranges.append((low[0][0], high[0][1]))
            else:
                ranges.extend(low)
        if not ranges:
            self._refuse("[ ] is empty")
        return _Set(tuple(ranges), negated)

    def _member(self) -> Ranges:
        character = self.text[self.at]
        self.at += 1
        if character == "\\":
            return self._escaped()
        if character == "[":
            self._refuse("a [ inside [ ] is written \\[")
        return ((ord(character), ord(character)),)

    def _take(self, character: str) -> bool:
        if self.text[self.at : self.at + 1] != character:
            return False
        self.at += 1
        return True

    def _refuse(self, why: str) -> NoReturn:
        raise PatternRefused(why)


class _Builder:
    """Thompson's construction: states with moves on a set, and free moves between states."""

    def __init__(self) -> None:
        self.free: list[set[int]] = []
        self.moves: list[list[tuple[_Set, int]]] = []

    def state(self) -> int:
        if len(self.moves) >= MAX_STATES:
            raise PatternRefused(why="its repetitions are too large")
        self.free.append(set())
        self.moves.append([])
        return len(self.moves) - 1

    def build(self, tree: _Tree, start: int) -> int:
        if isinstance(tree, _Set):
            end = self.state()
            self.moves[start].append((tree, end))
            return end
        if isinstance(tree, _Sequence):
            for part in tree.parts:
                start = self.build(part, start)
            return start
        if isinstance(tree, _Either):
            end = self.state()
            for branch in tree.branches:
                entry = self.state()
                self.free[start].add(entry)
                self.free[self.build(branch, entry)].add(end)
            return end
        return self._repeat(tree.part, tree.least, tree.most, start)

    def _repeat(self, part: _Tree, least: int, most: int | None, start: int) -> int:
        for _ in range(least):
            start = self.build(part, start)
        if most is None:
            entry = self.state()
            self.free[start].add(entry)
            self.free[self.build(part, entry)].add(entry)
            end = self.state()
            self.free[entry].add(end)
            return end
        end = self.state()
        for _ in range(most - least):
            self.free[start].add(end)
            start = self.build(part, start)
        self.free[start].add(end)
        return end

    def closure(self, states: set[int]) -> frozenset[int]:
        found, waiting = set(states), list(states)
        while waiting:
            for following in self.free[waiting.pop()] - found:
                found.add(following)
                waiting.append(following)
        return frozenset(found)

    def closed(self) -> list[list[tuple[_Set, frozenset[int]]]]:
        return [[(accepted, self.closure({end})) for accepted, end in moves] for moves in self.moves]
