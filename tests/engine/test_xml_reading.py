"""XML from outside: read inside bounds, refused with its line, never expanded, never another error."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.xml import XmlRefused, line_of, read_xml

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
)


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"", "xml_empty", None),
        (b" \n ", "xml_empty", None),
        (BOMB, "xml_doctype", 1),
        (b"<a>\n<!doctype b><b/></a>", "xml_doctype", 2),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml_doctype", 1),
        (b"<a>\n\n&unknown;</a>", "xml_syntax", 3),
        (b"<a>", "xml_syntax", 1),
        (b"<a b='1' b='2'/>", "xml_syntax", 1),
        (b"<a>\n<?php x?></a>", "xml_processing_instruction", 2),
        (b"<?xml-stylesheet href='x'?><a/>", "xml_processing_instruction", 1),
        (b"<a/><?x?>", "xml_processing_instruction", 1),
        (b"<a>\xff</a>", "xml_encoding", 1),
        (b"<?xml version='1.0' encoding='gb18030'?><a/>", "xml_encoding", 1),
        ("<a/>".encode("utf-16"), "xml_encoding", 1),
        (b"<a>\x00</a>", "xml_syntax", 1),
        (b"<a>" * 80 + b"</a>" * 80, "xml_too_deep", 1),
        (b"<a>" * 5_000, "xml_syntax", 1),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "xml_too_large", 1),
        (b"<a b='" + b"x" * 30_000 + b"'/>", "xml_too_large", 1),
        (b"<a>" + b" " * 3_000_000 + b"</a>", "xml_too_large", None),
        (b"<a>\n<b " + b" ".join(b'b%d = "1"' % n for n in range(100_000)) + b"/></a>", "xml_too_large", 2),
    ],
    ids=range(21),
)
def test_what_is_not_plain_xml_is_refused_with_its_line(content: bytes, rule: str, line: int | None) -> None:
    started = time.perf_counter()
    with pytest.raises(XmlRefused) as refusal:
        read_xml(content)
    assert (refusal.value.rule, refusal.value.line) == (rule, line)
    assert time.perf_counter() - started < 2


def test_comments_are_left_out_and_lines_are_known() -> None:
    root = read_xml(b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n<a><!-- no -->\n<b/></a>")
    assert [child.tag for child in root] == ["b"]
    assert line_of(root[0]) == 3


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"<a>",
                b"</a>",
                b"<b/>",
                b"&amp;",
                b"&x;",
                b"<!",
                b"]]>",
                b"<?",
                b"?>",
                b"\0",
                b"x",
                b"'",
                b"<a b=",
            ]
        )
    )
)
def test_any_bytes_are_read_or_refused(parts: list[bytes]) -> None:
    with suppress(XmlRefused):
        read_xml(b"".join(parts))
