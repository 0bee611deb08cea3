"""Any form that the deploy check accepts can be filled in: answers are typed or refused by name, drafts come back."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from made_forms import answers_to, documents
from papers import TODAY

from workflows.forms import (
    InvalidForm,
    hidden_paths,
    lint_form,
    load_answers,
    load_draft,
    parse_form,
    part_draft,
    with_people,
    without_people,
)
from workflows.forms.access import Access, Right, locked_in, resolved
from workflows.forms.form import plain_path
from workflows.queries.submissions import place


def solid(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers without empty ones, as they stand once they were handed in."""
    rows = {
        key: [solid(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value
        for key, value in answers.items()
    }
    return {key: value for key, value in rows.items() if value not in (None, "", [], False)}


def made(document: dict[str, Any]) -> bytes:
    """The file of a form."""
    return json.dumps(document, ensure_ascii=False).encode()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_form_takes_or_refuses_answers_by_name_and_keeps_drafts(data: st.DataObject) -> None:
    content = made(data.draw(documents()))
    assert lint_form(content, "forms/made.json") == []
    form = parse_form(content, "made")
    answers = data.draw(answers_to(form))
    draft = load_draft(form, answers)
    assert load_draft(form, draft) == draft
    parts = part_draft(form, draft)
    whole = json.loads(json.dumps(parts.answers, default=str))
    for one in parts.personal:
        place(whole, one.path, str(one.value))
        assert form.field_at(one.path) is not None
    people = {path: person for path, person in parts.people.items() if person}
    assert without_people(with_people(parts.answers, people)) == (parts.answers, people)
    known = set(form.field_paths())
    try:
        done = load_answers(form, draft, control={}, files={}, today=TODAY)
    except InvalidForm as refused:
        paths = {plain_path(path) for path in refused.errors} - {""}
        assert paths <= known | {f"{path}._row" for path in known}
    else:
        assert not {one.path for one in done.personal} & set(done.answers)
        hidden = hidden_paths(form, draft, {})
        assert not any(path in hidden for path in done.answers)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_what_a_task_only_reads_stands_in_any_form(data: st.DataObject) -> None:
    form = parse_form(made(data.draw(documents())), "made")
    base = solid(load_draft(form, data.draw(answers_to(form))))
    names = [one.path or one.id for one in form.fields if one.type not in ("text", "separator", "expression")]
    closed = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    rights = Access(resolved(form, dict.fromkeys(closed, Right.READ)), None, base)
    kept = locked_in(form, {}, rights)
    assert kept == locked_in(form, kept, rights)
    everything = Access({}, frozenset(), base)
    assert solid(locked_in(form, base, everything)) == base
