"""From text to tree: bounds first, then spellings of other languages with what to write instead, then the grammar."""

import re
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import LarkError

from workflows.engine.expressions.errors import ExpressionError

MAX_CHARACTERS = 4_000
MAX_DEPTH = 40

Node = Tree[Token]

_PLAIN_STRING = re.compile(r'"[^"\\]*"')
_PLAIN_NUMBER = re.compile(r"[0-9]{1,34}", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)

# What people bring along from Python, JavaScript and spreadsheets; looked for outside strings.
_FOREIGN: tuple[tuple[str, str, str], ...] = (
    (r"==", "python_spelling", "Write = instead of ==."),
    (r"&&", "python_spelling", "Write and instead of &&."),
    (r"\|\|", "python_spelling", "Write or instead of ||."),
    (r"!(?!=)", "python_spelling", "Write not(…) instead of !."),
    (r"<>", "python_spelling", "Write != instead of <>."),
    (r"\bNone\b|\bundefined\b|\bnil\b|\bNULL\b", "python_spelling", "Write null."),
    (r"\bTrue\b|\bTRUE\b", "python_spelling", "Write true."),
    (r"\bFalse\b|\bFALSE\b", "python_spelling", "Write false."),
    (r"\bAND\b", "python_spelling", "Write and in small letters."),
    (r"\bOR\b", "python_spelling", "Write or in small letters."),
    (r"\bNOT\b", "python_spelling", "Write not(…) in small letters."),
    (r"\bnot\s+in\b", "python_spelling", "Write not(x in list) instead of x not in list."),
    (r"\bnot\b(?!\s*\()", "python_spelling", "Write not(…) with parentheses."),
    (r"\bis\s+not\b|\bis\s+(?=null\b|true\b|false\b)", "python_spelling", "Write = or != instead of is."),
    (
        r"\blambda\b|\bdef\b|\bimport\b|\bexec\b|\beval\b",
        "python_spelling",
        "Only FEEL expressions are allowed here, no Python.",
    ),
    (
        r"[\w\])]\s*\.\s*get\s*\(",
        "python_spelling",
        "Write name.field instead of name.get(…); a missing field is null.",
    ),
    (
        r"[\w\])]\s*\.\s*[A-Za-z_]\w*\s*\(",
        "python_spelling",
        "Values have no methods; write a function, such as count(list) or contains(text, part).",
    ),
    (r"\blen\s*\(", "python_spelling", "Write count(list) or string length(text) instead of len(…)."),
    (r"\bstr\s*\(", "python_spelling", "Write string(…) instead of str(…)."),
    (
        r"\b(?:int|float|Decimal)\s*\(",
        "python_spelling",
        "Write number(…), or just the name: numbers are numbers.",
    ),
    (r"\bround\s*\(", "python_spelling", "Write round half up(number, digits) or decimal(number, digits)."),
    (r"\belif\b", "python_spelling", "Write else if."),
    (
        r"\bfor\b",
        "not_supported",
        "Loops are not supported; write a filter such as lines[quantity > 2].amount.",
    ),
    (r"\breturn\b|\bfunction\b", "not_supported", "Functions cannot be defined in an expression."),
    (r"\binstance\s+of\b", "not_supported", "instance of is not supported."),
    (r"//|/\*", "not_supported", "Comments and // are not supported; write floor(a / b) for whole division."),
    (r"%", "python_spelling", "Write modulo(a, b) instead of a % b; a share of 5 per cent is 0.05."),
    (r"'", "python_spelling", 'Write strings in double quotes: "…".'),
    (r"[:+\-*]=", "python_spelling", "An expression only reads; it cannot assign."),
    (r"(?<![\w.])__\w*", "python_spelling", "A name cannot begin with two underscores."),
    (
        r"[\u2018\u2019\u201c\u201d\uff02\uff07]",
        "full_width",
        'Write strings in straight double quotes: "…".',
    ),
    (
        r"[\uff01-\uff5e\u3001\u3002]",
        "full_width",
        "Write this sign and digits in half width, not full width.",
    ),
)
_FOREIGN_PATTERNS = tuple((re.compile(pattern), code, message) for pattern, code, message in _FOREIGN)


def read_constant(text: str) -> str | Decimal | None:
    """The value of a text that is nothing but a plain string or a whole number; None for everything else.

    Tables are full of them, and this is fifty times as fast as the parser. Raises ExpressionError as the parser would.
    """
    if type(text) is not str or len(text) > MAX_CHARACTERS:
        return None
    plain = text.strip(" ")
    if _PLAIN_STRING.fullmatch(plain):
        return unquoted(plain, text.index('"'))
    return Decimal(plain) if _PLAIN_NUMBER.fullmatch(plain) else None


def read_tree(text: str, start: str) -> Node:
    """Parse the text from the given start rule.

    Raises ExpressionError for every text that is no expression of the subset, never anything else.
    """
    if type(text) is not str:
        raise ExpressionError(code="not_text", position=0, message="An expression must be text.")
    if len(text) > MAX_CHARACTERS:
        message = f"The expression has {len(text)} characters; at most {MAX_CHARACTERS} are allowed."
        raise ExpressionError(code="too_long", position=MAX_CHARACTERS, message=message)
    if not text.strip():
        raise ExpressionError(code="empty", position=0, message="The expression is empty.")
    return _parsed(text, start)


@lru_cache(maxsize=512)
def _parsed(text: str, start: str) -> Node:
    """Nobody changes a tree, so the checks of an expression share the one that it is compiled from."""
    _refuse_foreign(text)
    try:
        tree: Any = _parser().parse(text, start=start)
    except UnexpectedInput as error:
        raise _unreadable(text, error) from None
    except (LarkError, RecursionError, ValueError):
        raise ExpressionError(code="syntax", position=0, message="The expression cannot be read.") from None
    _refuse_depth(tree)
    return tree


@cache
def _parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        start=["expression", "unary_tests"],
        maybe_placeholders=False,
        propagate_positions=True,
    )


def _refuse_foreign(text: str) -> None:
    blanked = _STRING.sub(lambda match: '"' + " " * (len(match.group()) - 2) + '"', text)
    found: tuple[int, str, str] | None = None
    for pattern, code, message in _FOREIGN_PATTERNS:
        match = pattern.search(blanked)
        if match and (found is None or match.start() < found[0]):
            found = (match.start(), code, message)
    if found:
        position, code, message = found
        raise ExpressionError(code, position, message)


def _unreadable(text: str, error: UnexpectedInput) -> ExpressionError:
    position = error.pos_in_stream if error.pos_in_stream is not None else len(text)
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return ExpressionError("syntax", len(text), "The expression ends too early; something is missing.")
    position = max(0, min(position, len(text)))
    near = text[position : position + 12].split("\n")[0]
    if isinstance(error, UnexpectedCharacters) and near.startswith('"'):
        return ExpressionError("syntax", position, "A string is not closed; it ends with a double quote.")
    if re.match(r"if\b", near) and text[:position].strip():
        return ExpressionError("python_spelling", position, "Write if condition then a else b.")
    if near.startswith("?"):
        return ExpressionError(
            "syntax", position, "? stands for the input of a decision table only; write if … then … else …."
        )
    words = re.search(r"([A-Za-z]+)\s+$", text[:position][-40:])
    call = re.match(r"([a-z]+)\s*\(", text[position : position + 40])
    if words and call:
        message = f"There is no function {words.group(1)} {call.group(1)}."
        return ExpressionError("unknown_function", position, message)
    message = f"Cannot read {near!r} at character {position + 1}."
    if not near.isascii():
        message += " Names have letters a to z, digits and underscores only; texts stand in double quotes."
    return ExpressionError("syntax", position, message)


def _refuse_depth(tree: Node) -> None:
    waiting: list[tuple[Any, int]] = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            position = getattr(getattr(node, "meta", None), "start_pos", 0) or 0
            message = f"The expression is nested deeper than {MAX_DEPTH} levels."
            raise ExpressionError(code="too_deep", position=position, message=message)
        if isinstance(node, Tree):
            waiting.extend((child, depth + 1) for child in node.children)


def position_of(node: Node | Token) -> int:
    """Where a part of the tree begins in the text, counted from 0."""
    if isinstance(node, Token):
        return node.start_pos or 0
    return getattr(node.meta, "start_pos", 0) or 0


def unquoted(token: str, position: int) -> str:
    """The text of a string literal. Raises ExpressionError for an unknown escape or a lone surrogate."""
    body = token[1:-1]
    if "\\" not in body:
        text = body
    else:
        text = re.sub(
            r"\\(u[0-9A-Fa-f]{4}|.)",
            lambda match: _unescaped(match.group(1), position),
            body,
            flags=re.DOTALL,
        )
        text = _joined_surrogates(text)
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in text):
        raise ExpressionError(
            code="bad_string", position=position, message="The string holds a character that is not allowed."
        )
    return text


def _unescaped(escape: str, position: int) -> str:
    plain = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "/": "/"}
    if escape in plain:
        return plain[escape]
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    raise ExpressionError(
        code="bad_string", position=position, message=f"\\{escape} is not a known escape in a string."
    )


def _joined_surrogates(text: str) -> str:
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]",
        lambda pair: pair.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le"),
        text,
    )
