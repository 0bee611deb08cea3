"""Any form that the deploy check accepts, and answers to it: all types, groups, rows two deep, conditions, checks."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from workflows.forms import Form
from workflows.forms.form import Field, flat, rows_limit

PLAIN = ("textfield", "textarea", "number", "select", "radio", "checklist", "checkbox", "datetime", "filepicker")
LABELS = st.sampled_from(["数量", "Name", "<b>x</b>", "شركة", "𝒳𠀀", 'a"b', "", "{{ 7*7 }}"])
TEXTS = st.sampled_from(["a", "  x ", "栖川", "شركة", "𝒳𠀀", "<i>", '"', "&amp;", "１２", "1,2", "a\nb", "{{x}}", "\\"])
DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))
OPTIONS = ("a", "b.c", "0")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A form as JSON."""
    number = iter(range(10_000))
    components = _level(draw, number, lists=0, names=[])
    keys = [one["key"] for one in components if one["type"] == "number"]
    document: dict[str, Any] = {"type": "default", "id": "made", "title": "表", "components": components}
    if keys and draw(st.booleans()):
        document["checks"] = [{"id": "limit", "expression": f"{keys[0]} = null or {keys[0]} < 900", "message": "m"}]
        document["advice"] = [{"id": "hint", "expression": f"{keys[0]} > 5", "message": "m"}]
        document["facts"] = [{"name": "many", "type": "boolean", "formula": f"{keys[0]} > 5"}]
    return document


def _level(draw: st.DrawFn, number: Any, *, lists: int, names: list[str]) -> list[dict[str, Any]]:
    kinds = [*PLAIN, "text", "separator", "group", "expression", *(["dynamiclist"] * 2 if lists < 2 else [])]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5 if lists else 7))
    found = [_component(draw, kind, number, lists=lists, names=names) for kind in chosen]
    if lists and not any(one["type"] in PLAIN for one in found):
        found.append(_component(draw, "textfield", number, lists=lists, names=names))
    return found


def _component(draw: st.DrawFn, kind: str, number: Any, *, lists: int, names: list[str]) -> dict[str, Any]:
    key = f"k{next(number)}"
    one: dict[str, Any] = {"type": kind, "id": f"id_{key}"}
    if names and kind != "expression" and draw(st.integers(0, 3)) == 0:
        one["conditional"] = {"hide": f"={draw(st.sampled_from(names))} = true"}
    if kind in ("text", "separator"):
        return one | ({"text": draw(TEXTS)} if kind == "text" else {})
    one["label"] = draw(LABELS)
    if kind == "group":
        return one | {"components": _level(draw, number, lists=lists, names=names)}
    if kind == "dynamiclist":
        return one | {
            "path": key,
            "components": _level(draw, number, lists=lists + 1, names=names),
            "properties": {"maxRows": draw(st.integers(1, 4))},
            "validate": {"required": draw(st.booleans())},
        }
    one["key"] = key
    if kind == "expression":
        return one | {"expression": f"={draw(st.sampled_from(names))}" if names else "=1 + 1"}
    if kind == "checkbox" and not lists:
        names.append(key)
    return one | {"validate": {"required": draw(st.booleans())}} | _own(draw, kind, lists)


MORE: dict[str, list[dict[str, Any]]] = {
    "number": [{}, {"check": "share"}, {"money": "yuan"}, {"money": "wan"}],
    "datetime": [{}, {"latest": "today"}, {"earliest": "2020-01-01", "latest": "2030-01-01"}],
    "filepicker": [{}, {"maxFiles": 3, "types": "pdf"}],
}


def _own(draw: st.DrawFn, kind: str, lists: int) -> dict[str, Any]:
    """What only this kind of field has, and whose datum it is."""
    found: dict[str, Any] = {"properties": dict(draw(st.sampled_from(MORE.get(kind, [{}]))))}
    if kind in ("select", "radio", "checklist"):
        found["values"] = [{"label": draw(LABELS) or value, "value": value} for value in OPTIONS]
    if kind == "number":
        found["appearance"] = draw(st.sampled_from([{}, {"suffixAdder": "份"}, {"prefixAdder": "<"}]))
    if kind not in ("filepicker", "checkbox") and draw(st.integers(0, 2)) == 0:
        subjects = ["contact", *(["row"] if lists else []), *(["outer_row"] if lists > 1 else [])]
        found["properties"]["personal"] = draw(st.sampled_from(subjects))
    return found


def answers_to(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Answers that a person could have given, sound or not."""
    return _answers(form.fields)


def _answers(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={one.key: _answer(one) for one in flat(fields) if one.answered or one.type == "dynamiclist"},
    )


def _answer(one: Field) -> st.SearchStrategy[Any]:
    if one.type == "dynamiclist":
        return st.lists(_answers(one.children), max_size=min(3, rows_limit(one)))
    if one.type == "number":
        return st.sampled_from(["", "12", "1.5", "-3", "x y", Decimal("100"), Decimal("0.25")])
    if one.type in ("select", "radio"):
        return st.sampled_from(OPTIONS)
    if one.type == "checklist":
        return st.lists(st.sampled_from(OPTIONS), unique=True)
    if one.type == "checkbox":
        return st.booleans()
    if one.type == "datetime":
        return DAYS | DAYS.map(date.isoformat)
    if one.type == "filepicker":
        return st.lists(st.uuids().map(str), max_size=2)
    return TEXTS
