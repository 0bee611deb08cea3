"""Which DMN files are refused, by name and line, and that nothing but our error ever comes out of one."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import DMN, xml

from workflows.engine.decisions import DecisionError, Room, parse_decisions

GOOD = xml(["n"], ["x"], [("> 1", "1")])


def rules_of(content: bytes) -> list[str]:
    with pytest.raises(DecisionError) as error:
        parse_decisions(content, "decisions/table.dmn")
    assert error.value.findings
    assert all(finding.file == "decisions/table.dmn" and finding.message for finding in error.value.findings)
    return [finding.rule for finding in error.value.findings]


@pytest.mark.parametrize("policy", ["RULE ORDER", "OUTPUT ORDER", "first", "any"])
def test_other_hit_policies_are_refused_by_name(policy: str) -> None:
    with pytest.raises(DecisionError) as error:
        parse_decisions(xml(["n"], ["x"], [("-", "1")], hitPolicy=policy), "t.dmn")
    assert policy in str(error.value)
    assert error.value.findings[0].rule == "dmn_hit_policy"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "xml_empty"),
        (b"<a/>", "dmn_root"),
        (b"<definitions xmlns='http://www.omg.org/spec/DMN/20180521/MODEL/'/>", "dmn_version"),
        (f"<definitions xmlns='{DMN}'/>".encode(), "dmn_no_decision"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "xml_doctype"),
        (GOOD.replace(b"> 1", b"== 1").replace(b"&gt; 1", b"== 1"), "expression_python_spelling"),
        (
            GOOD.replace(b'<decisionTable id="t">', b'<literalExpression/><decisionTable id="t">'),
            "dmn_not_supported",
        ),
        (GOOD.replace(b'id="rule_1"', b'id="t"'), "dmn_duplicate_id"),
        (GOOD.replace(b'<rule id="rule_1">', b"<rule>"), "dmn_id"),
        (GOOD.replace(b'name="x"', b'name="x y"'), "dmn_output"),
        (GOOD.replace(b'typeRef=""', b'typeRef="context"'), "dmn_type"),
        (GOOD.replace(b'<decision id="table"', b'<decision id="a-b"'), "dmn_id"),
        (
            GOOD.replace(b'<decisionTable id="t">', b'<decisionTable id="t" colour="red">'),
            "dmn_not_supported",
        ),
        (GOOD.replace(b"id='c_1_0'", b"id='c_1_0' expressionLanguage='python'"), "dmn_language"),
        (xml(["n"], ["x"], [("-", "1", "2")]), "dmn_cells"),
        (xml(["n"], ["x"], [("-",)]), "dmn_cells"),
        (xml([], ["x"], [("1",)]), "dmn_columns"),
        (
            xml(["n"], ["x", "y"], [("-", "1", "2")], hitPolicy="COLLECT", aggregation="SUM"),
            "dmn_aggregation",
        ),
        (xml(["n"], ["x"], [("-", "1")], aggregation="SUM"), "dmn_aggregation"),
        (xml(["n"], ["x"], [("-", "1")], hitPolicy="PRIORITY"), "dmn_priority"),
        (xml(["n"], ["x"], [("-", "1")], hitPolicy="PRIORITY", order="1, other"), "dmn_priority"),
        (xml(["n"], ["x"], [("-", "1")], hitPolicy="PRIORITY", order="< 5"), "dmn_priority"),
        (xml(["n"], ["x"], [("-", "1")], hitPolicy="ANY", aggregation="SUM"), "dmn_aggregation"),
        (xml(["n"], ["x", "x"], [("-", "1", "2")]), "dmn_output"),
        (xml(["n"], ["x"], [("-", "None")]), "expression_python_spelling"),
        (xml(["n +"], ["x"], [("-", "1")]), "expression_syntax"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(content: bytes, rule: str) -> None:
    assert rule in rules_of(content)


def test_the_finding_names_the_line_of_the_cell() -> None:
    content = (
        xml(["n"], ["x"], [("-", "1")])
        .replace(b"<outputEntry", b"\n\n<outputEntry")
        .replace(b">1<", b">None<")
    )
    with pytest.raises(DecisionError) as error:
        parse_decisions(content, "t.dmn")
    assert [(finding.line, finding.element) for finding in error.value.findings] == [(3, "c_1_1")]


def test_all_tables_of_a_package_have_room_for_so_many_cells_and_characters() -> None:
    small, wide = xml(["n"], ["x"], [("-", "1")]), xml(["n"], ["x"], [("-", "1")] * 900)
    long = xml(["n"], ["x"], [(f"[{n}..{'9' * 30}]", "1") for n in range(1_000)])
    room = Room()
    for _ in range(5):
        parse_decisions(wide, "t.dmn", room)
    for content in (wide, long):
        used = Room(room.cells, room.characters)
        with pytest.raises(DecisionError) as error:
            parse_decisions(content, "t.dmn", used)
        assert [finding.rule for finding in error.value.findings] == ["dmn_too_large"]
        assert parse_decisions(b"not even read", "u.dmn", used) == {}
    assert parse_decisions(small, "t.dmn", room)


def test_all_faults_are_told_at_once() -> None:
    assert len(rules_of(xml(["n"], ["x"], [("== 1", "None"), ("'a'", "1")]))) == 3


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_never_ends_in_another_error(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=6))
    with suppress(DecisionError):
        parse_decisions(bytes(content), "t.dmn")
