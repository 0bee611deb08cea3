"""Every place where an expression can stand is held to names, types and the rule on personal data, with its place."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from every_slot import ELSEWHERE, PRICES, PROCESS, SHIPMENT, SOUND, Files, every_slot

from workflows.engine import lint_model, parse_definition
from workflows.engine.checks.slots import slots_of
from workflows.engine.expressions import ExpressionError, compile_expression
from workflows.packages import findings_of, lint_package
from workflows.packages.control import check_control
from workflows.packages.parts import Parts

# Texts of elements that the English words lack, tasks that the manifest lacks, and what no command serves yet.
BESIDE = {"text_missing", "task_undeclared", "not_served", "file_unknown", "first_step"}
SLOTS = sorted(SOUND)


def changed(names: list[str], text: str) -> dict[str, str]:
    return {name.replace(".", "__"): text for name in names}


def faults(files: Files) -> list[Any]:
    return [one for one in lint_package(files) if one.rule not in BESIDE]


def test_the_drawing_with_every_slot_is_sound(files: Files) -> None:
    assert findings_of(faults(every_slot(files))) == ""


def test_every_slot_that_the_engine_knows_is_among_them(files: Files) -> None:
    """A new slot in the engine needs a line in SOUND, or nobody would test it here."""
    definition = parse_definition({PROCESS: every_slot(files)[PROCESS]})
    kinds = {
        (element.kind, slot.place) for element in definition.elements.values() for slot in slots_of(element)
    }
    listed = {name.partition(".")[0]: set[str]() for name in SOUND}
    for name in SOUND:
        listed[name.partition(".")[0]].add(name.partition(".")[2])
    found = {
        (definition.elements[element].kind, place)
        for element, places in listed.items()
        if element in definition.elements
        for place in places
    }
    drawn_before = {
        ("service_task", f"input.{name}")
        for name in ("amount", "number", "issued_on", "tax_number", "register", "rows", "fields")
    }
    assert kinds - drawn_before == found
    assert {place.partition(".")[0] for _, place in found} == {
        "timer", "condition", "correlation", "input", "each", "completionCondition", "result", "loopCardinality",
        "loopCondition", "signers",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "application.contact_name",
        'if application.contact_name = "x" then null else null',
        "[application.contact_name, null][1]",
        "{a: application.contact_name}.a",
        'if some p in [application.contact_name] satisfies p = "x" then null else null',
        "if count(review.marks) > 9 then null else null",
        "if count(application.lines[quantity > string length(application.contact_name)]) > 9 then null else null",
    ],
)
def test_a_personal_value_cannot_be_read_from_any_slot(files: Files, text: str) -> None:
    broken = every_slot(files, **changed([*SOUND, *ELSEWHERE], text))
    found = [one for one in lint_package(broken) if one.rule == "control_personal"]
    there = {(one.file, one.element) for one in found}
    wanted = {(PROCESS, name.partition(".")[0]) for name in SOUND}
    personal = "contact_name" if "contact_name" in text else "marks"
    assert {element for file, element in there if file == PROCESS} == {element for _, element in wanted}
    assert {file for file, _ in there} == {PROCESS, PRICES, SHIPMENT}, findings_of(found)
    for one in found:
        assert one.line is not None, one
        assert one.file == SHIPMENT or personal in broken[one.file].decode().splitlines()[one.line - 1], one
    counted = [one for one in found if one.file == PROCESS and one.element == "end_cycle"]
    assert len(counted) == 2  # both of its expressions, each where it stands
    assert {one.params["position"] for one in counted} == {
        text.index("application.contact_name" if "contact" in text else "review.marks")
    }


@pytest.mark.parametrize("name", ["input.who", "output.who"])
def test_nor_on_its_way_into_a_called_process(files: Files, name: str) -> None:
    """The values that a call takes along are checked like all others; what it brings back is the called one's."""
    called = parse_definition(
        {
            PROCESS: b"""<?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:x"><process id="other" isExecutable="true">
        <startEvent id="begun"/><manualTask id="m"/><endEvent id="done"/><sequenceFlow id="f1" sourceRef="begun" targetRef="m"/>
        <sequenceFlow id="f2" sourceRef="m" targetRef="done"/></process></definitions>"""
        }
    )
    drawing = every_slot(files)[PROCESS].decode()
    drawing = drawing.replace(
        '<bpmn:scriptTask id="calc">', '<bpmn:callActivity id="calc" calledElement="other">'
    )
    drawing = drawing.replace("</bpmn:scriptTask>", "</bpmn:callActivity>")
    drawing = drawing.replace('<spiffworkflow:property name="function" value="amount.in_words"/>', "")
    drawing = drawing.replace(
        'name="input.amount" value="count(application.lines)"',
        f'name="{name}" value="application.contact_name"',
    )
    made = {**files, PROCESS: drawing.encode()}
    if name.startswith("output"):  # the caller's names are not there at all
        found = lint_model(made, main=PROCESS, calls={"other": called})
        assert {(one.rule, one.element) for one in found} == {("name_unknown", "calc")}
        return
    parts = Parts(made, definition=parse_definition(made, main=PROCESS, calls={"other": called}))
    parts.forms = {**Parts(made).forms}
    from workflows.packages.lint import _forms

    _forms(parts)
    check_control(parts)
    assert {(one.rule, one.element) for one in parts.findings if one.file == PROCESS} == {
        ("control_personal", "calc")
    }


@pytest.mark.parametrize("name", SLOTS)
def test_an_unknown_name_is_refused_in_every_slot(files: Files, name: str) -> None:
    drawing = every_slot(files, **changed([name], "nobody.amount"))[PROCESS]
    found = [one for one in lint_model({**files, PROCESS: drawing}) if one.rule == "name_unknown"]
    assert [(one.element, one.params["name"]) for one in found] == [(name.partition(".")[0], "nobody.amount")]
    assert found[0].line


@pytest.mark.parametrize("name", SLOTS)
def test_an_unknown_field_is_refused_in_every_slot(files: Files, name: str) -> None:
    found = faults(every_slot(files, **changed([name], "application.shoe_size")))
    assert (PROCESS, name.partition(".")[0], "control_unknown") in {
        (one.file, one.element, one.rule) for one in found
    }


WRONG = {
    "catch_duration.timer": ("order.amount", "wrong_type", "a duration, a date or an ISO"),
    "catch_date.timer": ("count(application.lines)", "wrong_type", "a date or an ISO"),
    "catch_condition.condition": ("application.invoice_title", "not_boolean", "a boolean"),
    "catch_message.correlation": ("application.lines", "wrong_type", "a text, a number or a date"),
    "recv.correlation": ("catch_date = null", "wrong_type", "a text, a number or a date"),
    "send.correlation": ("{a: 1}", "wrong_type", "a text, a number or a date"),
    "send.input.title": ("invoice.issued_on - invoice.issued_on", "wrong_type", "string(…)"),
    "throw.input.title": ('time("08:00:00")', "wrong_type", "string(…)"),
    "calc.input.amount": ("application.invoice_title", "wrong_type", "a number"),
    "sub_each.each": ("order.amount", "wrong_type", "a list"),
    "sub_each.completionCondition": ("sub_each.nr_of_completed", "not_boolean", "a boolean"),
    "sub_each.result": ("invoice.issued_on - invoice.issued_on", "wrong_type", "string(…)"),
    "sub_times.loopCardinality": ("application.invoice_title", "wrong_type", "a number"),
    "sub_loop.loopCondition": ("count(application.lines)", "not_boolean", "a boolean"),
    "table.each": ("order.amount", "wrong_type", "a list"),
    "vote.signers": ("application.lines.quantity", "wrong_type", "texts"),
    "b_cycle.timer": ("invoice.issued_on", "wrong_type", "R3/P1D"),
    "b_condition.condition": ("order.amount", "not_boolean", "a boolean"),
    "b_message.correlation": ("application.lines", "wrong_type", "a text, a number or a date"),
    "end_cycle.input.title": ('@"P1Y"', "wrong_type", "string(…)"),
    "end_cycle.correlation": ('@"P1Y"', "wrong_type", "a text, a number or a date"),
    "to_rejected.condition": ("application.invoice_title", "not_boolean", "a boolean"),
    "invoice_record.input.title": ("order.amount", "wrong_type", "a string"),
}


def test_every_slot_has_a_wrong_type() -> None:
    assert WRONG.keys() == SOUND.keys()


@pytest.mark.parametrize("name", SLOTS)
def test_a_value_of_the_wrong_type_is_one_finding_with_its_place(files: Files, name: str) -> None:
    text, code, hint = WRONG[name]
    broken = every_slot(files, **changed([name], text))
    found = [one for one in faults(broken) if one.rule.startswith("expression_")]
    assert [(one.file, one.element, one.rule) for one in found] == [
        (PROCESS, name.partition(".")[0], f"expression_{code}")
    ], findings_of(found)
    assert hint in found[0].message
    assert found[0].params["position"] == 0
    assert found[0].line
    shown = text.replace('"', "&quot;") if f'value="{text}"' not in broken[PROCESS].decode() else text
    assert any(
        one in broken[PROCESS].decode().splitlines()[found[0].line - 1]
        for one in (text, shown, text.replace('"', "'"), text.partition('"')[0])
    )


PAYLOADS = [
    "__import__('os').system('touch {canary}')",
    "().__class__.__base__.__subclasses__()",
    "open('{canary}', 'w')",
    "exec(\"open('{canary}','w')\")",
    "eval('1')",
    "lambda: 1",
    "[x for x in ().__class__.__mro__]",
    "application.__class__.__init__.__globals__",
    "{{application}}",
    "${{application}}",
    "#{{7*7}}",
    "{{{{7*7}}}}",
    "`touch {canary}`",
    "$(touch {canary})",
    "'; DROP TABLE instance; --",
    "<script>alert(1)</script>",
    "import os; os.system('touch {canary}')",
    "getattr(application, 'x')",
    "globals()",
    "application.lines.append(1)",
    "print('x')",
    "?",
    "; touch {canary}",
    "application.amount := 3",
    "\u202eapplication",
]


@contextmanager
def watched(marks: list[str]) -> Iterator[list[str]]:
    """Note what the interpreter is asked to do: run programs, write files, compile or import what a payload says."""
    noted: list[str] = []
    on = [True]

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if not on[0]:
            return
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        runs = event in {
            "os.system",
            "subprocess.Popen",
            "os.exec",
            "os.posix_spawn",
            "socket.connect",
            "os.remove",
        }
        says = event in {"compile", "exec", "import"} and any(
            mark in repr(arguments)[:4_000] for mark in marks
        )
        if writes or runs or says:
            noted.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(note)
    try:
        yield noted
    finally:
        on[0] = False


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_code_in_any_slot_is_refused_and_nothing_of_it_is_run(
    files: Files, payload: str, tmp_path: Any
) -> None:
    canary = tmp_path / "canary"
    text = payload.format(canary=canary)
    broken = every_slot(files, **changed([*SOUND, *ELSEWHERE], text))
    with watched([text, "__subclasses__", str(canary)]) as noted:
        found = lint_package(broken)
    assert noted == []
    assert not canary.exists()
    assert list(tmp_path.iterdir()) == []
    refused = {one.element for one in found if one.file == PROCESS}
    assert {name.partition(".")[0] for name in SOUND} <= refused, findings_of(found)
    assert {one.file for one in found if one.rule != "text_missing"} >= {PROCESS, PRICES, SHIPMENT}


@pytest.mark.parametrize(
    "text",
    ['application["__class__"]', '"x" * 1000000000', "9 ** 9 ** 9 ** 9", 'string join(split(string(9 ** 999), ""), "xxxxxxxx")',
     'application["typename"]', "application.outcome", 'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "a", "aaaaaaaaaa")'],
)  # fmt: skip
def test_what_looks_like_it_and_is_feel_is_bounded_and_does_nothing(text: str) -> None:
    context = {"application": {"outcome": "x", "lines": []}}
    begun = time.perf_counter()
    with watched(["__class__"]) as noted:
        code = None
        try:
            compile_expression(text).evaluate(context)
        except ExpressionError as error:
            code = error.code
    assert noted == []
    assert code in {None, "power_too_large", "too_large", "too_much_work", "wrong_arguments"}
    assert time.perf_counter() - begun < 0.5
    assert context == {"application": {"outcome": "x", "lines": []}}


def test_what_is_watched_would_be_seen(tmp_path: Any) -> None:
    with watched(["41 + 1"]) as noted:
        (tmp_path / "x").write_text("x")
        eval("41 + 1")  # noqa: S307 - to see that the watch sees it
    assert [note.partition(" ")[0] for note in noted] == ["open", "compile"]
