"""What two people typed into one draft is put together place by place; only what both changed is left to them."""

import json
from typing import Any

from workflows.forms import parse_form
from workflows.forms.merging import DRAFT, MINE, Merged, merge
from workflows.forms.seen import Seen, read_seen, seen_now, write_seen
from workflows.forms.spread import Spread, gather, new_tag, path_of, place_of, spread

FORM = parse_form(
    json.dumps(
        {
            "type": "default",
            "components": [
                {"type": "textfield", "id": "a", "key": "company", "label": "单位"},
                {"type": "textfield", "id": "b", "key": "town", "label": "地方"},
                {
                    "type": "checklist",
                    "id": "c",
                    "key": "ways",
                    "label": "方式",
                    "values": [{"value": value, "label": value} for value in ("post", "mail", "hand")],
                },
                {
                    "type": "dynamiclist",
                    "id": "d",
                    "path": "lines",
                    "label": "行",
                    "components": [
                        {"type": "textfield", "id": "e", "key": "name", "label": "名"},
                        {"type": "number", "id": "f", "key": "count", "label": "数"},
                    ],
                },
            ],
        }
    ).encode(),
    "together",
)
BEFORE = {
    "company": "青枫",
    "town": "栖川",
    "ways": ["post"],
    "lines": [{"name": "甲"}, {"name": "乙"}],
}


def laid(answers: dict[str, Any], rows: dict[str, tuple[str, ...]] | None = None) -> Spread:
    return spread(FORM.fields, answers, rows or {"lines": ("a", "b")})


def typed(answers: dict[str, Any], rows: tuple[str, ...] = ("a", "b")) -> Spread:
    return spread(FORM.fields, answers, {"lines": rows}, fresh=lambda *_: new_tag(), shown=lambda _: True)


def together(theirs: Spread, mine: Spread, chosen: dict[str, Any] | None = None) -> Merged:
    seen = read_seen(FORM.fields, write_seen(FORM.fields, seen_now(FORM.fields, laid(BEFORE))))
    return merge(theirs, mine, seen, lambda _: False, chosen)


def answers(merged: Merged) -> dict[str, Any]:
    return gather(FORM.fields, merged.kept)


def test_both_keep_what_they_typed_in_different_fields() -> None:
    merged = together(laid(BEFORE | {"town": "云汀"}), typed(BEFORE | {"company": "砚北"}))
    assert answers(merged) == BEFORE | {"town": "云汀", "company": "砚北"}
    assert (merged.changed, merged.news, merged.contended) == ({"company"}, {"town"}, {})


def test_a_field_that_both_changed_is_left_to_them() -> None:
    merged = together(laid(BEFORE | {"company": "云汀"}), typed(BEFORE | {"company": "砚北"}))
    assert answers(merged)["company"] == "云汀"
    assert merged.contended == {"company": "砚北"}
    assert merged.shown.cells["company"] == "砚北"


def test_the_same_word_typed_twice_is_no_contention() -> None:
    merged = together(laid(BEFORE | {"company": "砚北"}), typed(BEFORE | {"company": "砚北"}))
    assert (merged.changed, merged.contended) == (set(), {})


def test_whoever_decides_is_obeyed() -> None:
    theirs, mine = laid(BEFORE | {"company": "云汀"}), typed(BEFORE | {"company": "砚北"})
    assert answers(together(theirs, mine, {"company": MINE}))["company"] == "砚北"
    assert answers(together(theirs, mine, {"company": DRAFT}))["company"] == "云汀"
    assert answers(together(theirs, mine, {"company": "第三个"}))["company"] == "第三个"


def test_emptying_a_field_is_a_change_too() -> None:
    without = {key: value for key, value in BEFORE.items() if key != "company"}
    assert "company" not in answers(together(laid(BEFORE), typed(without)))
    contended = together(laid(BEFORE | {"company": "云汀"}), typed(without))
    assert contended.contended == {"company": None}


def test_what_was_not_on_the_page_stays() -> None:
    mine = spread(FORM.fields, {"town": "云汀"}, {}, shown=lambda place: place == "town")
    assert answers(together(laid(BEFORE), mine)) == BEFORE | {"town": "云汀"}


def test_ticks_and_files_of_both_stay_and_what_one_took_off_goes() -> None:
    merged = together(laid(BEFORE | {"ways": ["post", "hand"]}), typed(BEFORE | {"ways": ["mail"]}))
    assert sorted(answers(merged)["ways"]) == ["hand", "mail"]


def test_rows_that_both_added_stay_and_cells_are_put_together() -> None:
    theirs = laid(
        BEFORE | {"lines": [{"name": "甲"}, {"name": "乙", "count": 3}, {"name": "丙"}]}, {"lines": ("a", "b", "c")}
    )
    mine = typed(BEFORE | {"lines": [{"name": "甲一"}, {"name": "乙"}, {"name": "丁"}]}, ("a", "b"))
    merged = together(theirs, mine)
    assert answers(merged)["lines"] == [
        {"name": "甲一"},
        {"name": "乙", "count": 3},
        {"name": "丙"},
        {"name": "丁"},
    ]
    assert {"lines[c]", "lines[b].count"} == merged.news


def test_a_row_above_may_go_without_mixing_up_the_others() -> None:
    theirs = laid(BEFORE | {"lines": [{"name": "乙"}]}, {"lines": ("b",)})
    merged = together(theirs, typed(BEFORE | {"lines": [{"name": "甲"}, {"name": "乙二"}]}))
    assert answers(merged)["lines"] == [{"name": "乙二"}]


def test_a_row_that_somebody_typed_in_is_not_thrown_away() -> None:
    theirs = laid(BEFORE | {"lines": [{"name": "乙"}]}, {"lines": ("b",)})
    merged = together(theirs, typed(BEFORE | {"lines": [{"name": "甲甲"}, {"name": "乙"}]}))
    assert answers(merged)["lines"] == [{"name": "乙"}, {"name": "甲甲"}]
    held = together(
        laid(BEFORE | {"lines": [{"name": "改"}, {"name": "乙"}]}), typed(BEFORE | {"lines": [{"name": "乙"}]}, ("b",))
    )
    assert answers(held)["lines"] == [{"name": "改"}, {"name": "乙"}]
    assert held.news == {"lines[a]"}


def test_nobody_is_in_their_own_way() -> None:
    seen = seen_now(FORM.fields, laid(BEFORE))
    merged = merge(
        laid(BEFORE | {"company": "砚"}), typed(BEFORE | {"company": "砚北"}), seen, lambda _: True
    )
    assert (answers(merged)["company"], merged.contended) == ("砚北", {})


def test_what_a_page_carries_reads_back_and_nothing_else_does() -> None:
    seen = seen_now(FORM.fields, laid(BEFORE))
    text = write_seen(FORM.fields, seen)
    assert read_seen(FORM.fields, text) == seen
    for wrong in ("", "[]", "{", '{"rows":{},"is":"short"}', '{"rows":7,"is":7}', "[" * 900):
        assert read_seen(FORM.fields, wrong) is None
    assert isinstance(read_seen(FORM.fields, text.replace('"a"', '"x"')), Seen)


def test_places_and_paths_lead_to_each_other() -> None:
    rows = {"lines": ("a", "b"), "lines[b].inner": ("c",)}
    assert place_of("lines[1].inner[0].name", rows) == "lines[b].inner[c].name"
    assert path_of("lines[b].inner[c].name", rows) == "lines[1].inner[0].name"
    assert place_of("lines[2].name", rows) is None
    assert path_of("lines[z].name", rows) is None
