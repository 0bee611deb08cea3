"""The one way XML from outside becomes a tree: bounded, without DOCTYPE, entities, network or processing instructions.

docs/lint.md, "XML". BPMN and DMN files both pass here before anything looks at them.
"""

import re

from lxml import etree

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
MAX_ATTRIBUTES = 256
MAX_ATTRIBUTE_CHARACTERS = 20_000
_ATTRIBUTE = re.compile(r"=\s*[\"']")


class XmlRefused(Exception):
    """The bytes are not XML that we read. ``rule`` is a stable code, ``line`` counts from 1 where it is known."""

    def __init__(self, rule: str, line: int | None, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line
        self.message = message


def read_xml(
    content: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_elements: int = MAX_ELEMENTS,
    max_depth: int = MAX_DEPTH,
) -> etree._Element:
    """Return the root element, without comments.

    Every element keeps its ``sourceline``. Raises XmlRefused and nothing else, whatever the bytes hold.
    """
    _refuse_bytes(content, max_bytes)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        reason = " ".join((error.msg or "not well-formed").split())
        raise XmlRefused(
            rule="xml_syntax", line=error.lineno, message=f"The XML cannot be read: {reason}."
        ) from None
    except (ValueError, LookupError, AssertionError):
        raise XmlRefused(rule="xml_syntax", line=None, message="The XML cannot be read.") from None
    _refuse_tree(root, max_elements, max_depth)
    return root


def line_of(element: etree._Element) -> int | None:
    """The line on which the element begins, counted from 1."""
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def _refuse_bytes(content: bytes, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise XmlRefused(
            rule="xml_too_large",
            line=None,
            message=f"The file has {len(content)} bytes, more than {max_bytes}.",
        )
    if not content.strip():
        raise XmlRefused(rule="xml_empty", line=None, message="The file is empty.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise XmlRefused(
            rule="xml_encoding", line=line, message="The file is not UTF-8; save it as UTF-8."
        ) from None
    declaration = text.lstrip()[:200]
    if declaration.startswith("<?xml"):
        head = declaration.partition("?>")[0].lower()
        if "encoding" in head and "utf-8" not in head:
            raise XmlRefused(
                rule="xml_encoding", line=1, message="The file declares an encoding other than UTF-8."
            )
    # Before the parser sees it: libxml2 expands entities inside attributes even with resolve_entities=False.
    for mark in ("<!DOCTYPE", "<!ENTITY"):
        position = text.upper().find(mark)
        if position >= 0:
            line = text.count("\n", 0, position) + 1
            raise XmlRefused(rule="xml_doctype", line=line, message=f"{mark} is not allowed; remove it.")
    _refuse_crowded_tags(text)


def _refuse_crowded_tags(text: str) -> None:
    """Refuse a tag with a flood of attributes before libxml2 compares each of them with each other one."""
    line = 1
    for piece in text.split("<"):  # no attribute holds a bare <, so a tag never spans two pieces
        if piece.count("=") > MAX_ATTRIBUTES and len(_ATTRIBUTE.findall(piece)) > MAX_ATTRIBUTES:
            raise XmlRefused(
                rule="xml_too_large",
                line=line,
                message=f"An element has more than {MAX_ATTRIBUTES} attributes.",
            )
        line += piece.count("\n")


def _refuse_tree(root: etree._Element, max_elements: int, max_depth: int) -> None:
    if root.getprevious() is not None or root.getnext() is not None:
        raise XmlRefused(
            rule="xml_processing_instruction", line=1, message="Processing instructions are not allowed."
        )
    depth = 0
    elements = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "pi")):
        if event == "pi":
            raise XmlRefused(
                rule="xml_processing_instruction",
                line=line_of(node),
                message="Processing instructions are not allowed.",
            )
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        if depth > max_depth:
            raise XmlRefused(
                rule="xml_too_deep",
                line=line_of(node),
                message=f"Elements are nested deeper than {max_depth}.",
            )
        if elements > max_elements:
            raise XmlRefused(
                rule="xml_too_large",
                line=line_of(node),
                message=f"The file has more than {max_elements} elements.",
            )
        for value in node.attrib.values():
            if len(value) > MAX_ATTRIBUTE_CHARACTERS:
                raise XmlRefused(
                    rule="xml_too_large", line=line_of(node), message="An attribute is too long."
                )
