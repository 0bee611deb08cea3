"""Whatever a file holds, lint answers with findings: never a traceback, never long, never a look outside."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from diagrams import HEAD, MAIN, document, draw
from oracle import Weaver

from workflows.engine import Finding, lint_model
from workflows.engine.rules import RULES

GOOD = draw('start -> ask -> x_1\nx_1 -> end_a when ask.outcome = "a"\nx_1 => end_b')
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
DEEP = "<bpmn:subProcess>" * 5_000
PLAIN_ATTRIBUTE = GOOD.replace(b'name="A process"', b'name="%s"')


def judge(content: bytes, seconds: float = 4.0) -> list[Finding]:
    """Lint a file; ``seconds`` are of this thread's processor time, a multiple of what it takes."""
    begun = time.thread_time()
    findings = lint_model({MAIN: content})
    assert time.thread_time() - begun < seconds
    for finding in findings:
        assert finding.message
        assert finding.rule in RULES or finding.rule.startswith("xml_")
        assert len(finding.message) <= 400
        assert len(finding.element or "") <= 64
    assert len(findings) <= 200
    return findings


def _line(tasks: int) -> bytes:
    drawn = "".join(f'<bpmn:userTask id="t{n}"/>' for n in range(tasks))
    flows = "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(tasks - 1)
    )
    return document(f'<bpmn:process id="p">{drawn}{flows}</bpmn:process>')


def _fan(flows: int) -> str:
    ends = '<bpmn:startEvent id="a"/><bpmn:endEvent id="b"/>'
    drawn = "".join(f'<bpmn:sequenceFlow id="f{n}" sourceRef="a" targetRef="b"/>' for n in range(flows))
    return f'<bpmn:process id="p">{ends}{drawn}</bpmn:process>'


def _nest(depth: int) -> str:
    return "".join(f'<bpmn:subProcess id="s{n}">' for n in range(depth)) + "</bpmn:subProcess>" * depth


HOSTILE = {
    "empty": (b"", "xml_empty"),
    "blank": (b" \n\t ", "xml_empty"),
    "zeros": (b"\0" * 1_000, "xml_syntax"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "xml_encoding"),
    "a zip": (b"PK\x03\x04" + b"a" * 100, "xml_syntax"),
    "cut short": (GOOD[: len(GOOD) // 2], "xml_syntax"),
    "two roots": (GOOD + b"<x/>", "xml_syntax"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "xml_encoding"),
    "a lie about its encoding": (GOOD.replace(b"UTF-8", b"GB18030"), "xml_encoding"),
    "Latin-1 bytes": (GOOD.replace(b"A process", b"caf\xe9"), "xml_encoding"),
    "an entity bomb": (f"{BOMB}]><x>&i;</x>".encode(), "xml_doctype"),
    "an entity bomb in an attribute": (f'{BOMB}]><x a="&i;"/>'.encode(), "xml_doctype"),
    "a file of the machine": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "xml_doctype",
    ),
    "a remote DTD": (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>', "xml_doctype"),
    "a parameter entity": (
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><x/>',
        "xml_doctype",
    ),
    "a style sheet": (
        GOOD.replace(b"?>\n", b'?>\n<?xml-stylesheet href="x.xsl"?>\n', 1),
        "xml_processing_instruction",
    ),
    "an instruction within": (
        GOOD.replace(b"</bpmn:process>", b"<?php x ?></bpmn:process>"),
        "xml_processing_instruction",
    ),
    "an instruction at the end": (GOOD + b"<?x?>", "xml_processing_instruction"),
    "a deep nest": (document(DEEP + "</bpmn:subProcess>" * 5_000), "xml"),
    "a great many elements": (document("<bpmn:task/>" * 60_000), "xml_too_large"),
    "ten thousand elements": (_line(10_000), "xml_too_large"),
    "five thousand elements": (_line(5_000), "too_many_elements"),
    "ten thousand flows": (document(_fan(10_000)), "too_many_elements"),
    "a deep nest of sub-processes": (document(f'<bpmn:process id="p">{_nest(60)}</bpmn:process>'), "nested_too_deep"),
    "a great file": (document("<!-- " + "x" * 3_000_000 + " -->"), "xml_too_large"),
    "a great attribute": (PLAIN_ATTRIBUTE % (b"x" * 200_000), "xml"),
    "an unknown entity": (GOOD.replace(b"A process", b"&nope;"), "xml_syntax"),
    "a control character": (GOOD.replace(b"A process", b"a&#1;b"), "xml_syntax"),
    "an unbound prefix": (b"<a:b/>", "xml_syntax"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_finding(name: str) -> None:
    content, rule = HOSTILE[name]
    findings = judge(content, 1.0)
    assert any(one.rule.startswith(rule) for one in findings), findings
    assert len(findings) == 1 or not rule.startswith("xml"), findings


def test_all_of_them_together_need_little_memory() -> None:
    """Measured in a process of its own: its peak before and after."""
    script = (
        "import resource, test_hostile_files as files\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "for content, _ in files.HOSTILE.values(): files.judge(content)\n"
        "print((peak() - before) // 1024)\n"
    )
    here = Path(__file__).parent
    places = os.pathsep.join([str(here), str(here.parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 100, f"{done.stdout} MiB"


def test_a_flood_of_long_expressions_is_bounded() -> None:
    long = " or ".join(f"a.f{n} = {n}" for n in range(110))
    lines = ["start -> a -> x_0", "x_60 -> end"]
    for n in range(60):
        lines += [f"x_{n} -> t{n} when {long} or a.q = {n}", f"t{n} -> x_{n + 1}", f"x_{n} => x_{n + 1}"]
    assert {finding.rule for finding in judge(draw("\n".join(lines)))} == {"expression_too_long"}


def test_no_file_and_no_network_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("lint looked outside")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    for content, _ in HOSTILE.values():
        judge(content)
    judge(GOOD)


@pytest.mark.parametrize(
    "inner",
    [
        '<bpmn:process id=""/>',
        "<bpmn:process/>",
        '<bpmn:process id="p"><bpmn:sequenceFlow id="f"/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:sequenceFlow/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:laneSet><bpmn:lane/></bpmn:laneSet></bpmn:process>',
        '<bpmn:process id="p"><bpmn:laneSet id="l"><bpmn:lane id="a"><bpmn:flowNodeRef/></bpmn:lane></bpmn:laneSet></bpmn:process>',
        '<bpmn:process id="p"><bpmn:startEvent id="a"/><bpmn:startEvent id="a"/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:exclusiveGateway id="a" default="a"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="a"/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:parallelGateway id="a"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="a"/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:startEvent id="a"/><bpmn:endEvent id="b"/><bpmn:sequenceFlow id="a" sourceRef="b" targetRef="a"/></bpmn:process>',
        '<bpmn:process id="p"><bpmn:startEvent id="__class__"/><bpmn:endEvent id="朱批"/></bpmn:process>',
        f'<bpmn:process id="{"p" * 9_000}"><bpmn:userTask id="{"t-" * 9_000}" name="{"n" * 9_000}"/><bpmn:task id="{"q" * 9_000}"/></bpmn:process>',
        '<bpmn:collaboration/><bpmn:process id="p"><bpmn:userTask id="x&quot;&lt;&#10;"/></bpmn:process>',
        "<bpmn:process id='p'>"
        + "".join(f"<bpmn:userTask id='t{n}' a='1' b='2' c='3'/>" for n in range(300))
        + "</bpmn:process>",
    ],
)
def test_odd_but_wellformed_diagrams_get_findings(inner: str) -> None:
    assert judge(document(inner))


@pytest.mark.parametrize("part", range(4))
def test_mutilated_diagrams_never_crash_the_checks(part: int) -> None:
    chance = random.Random(part)  # noqa: S311 - a reproducible test, no secret
    words = [
        b'"',
        b"<",
        b">",
        b"/",
        b"bpmn:",
        b"id",
        b"userTask",
        b"parallelGateway",
        b"\0",
        b"\xff",
        b"&",
        b"start",
        b"x_1",
        b"",
    ]
    for number in range(150):
        content = bytearray(draw(Weaver(number % 20).process(2)) if number % 2 else GOOD)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(HEAD), len(content))
            content[place : place + chance.randint(0, 12)] = chance.choice(words)
        judge(bytes(content))


@pytest.mark.parametrize("part", range(4))
def test_rewired_diagrams_never_crash_the_checks(part: int) -> None:
    """Well-formed files with parts taken out, doubled or swapped: the graph checks see every kind of nonsense."""
    chance = random.Random(100 + part)  # noqa: S311 - a reproducible test, no secret
    for number in range(150):
        lines = draw(Weaver(number % 20).process(2)).decode().splitlines()
        body = lines[3:-2]
        for _ in range(chance.randint(1, 5)):
            one, two = chance.randrange(len(body)), chance.randrange(len(body))
            match chance.randrange(3):
                case 0:
                    body[one] = body[two]
                case 1:
                    body[one], body[two] = body[two], body[one]
                case 2:
                    body[one] = (
                        body[one]
                        .replace('targetRef="', 'targetRef="x_')
                        .replace("userTask", "parallelGateway")
                    )
        judge("\n".join([*lines[:3], *body, *lines[-2:]]).encode())
