"""No list without an empty state: it says why it is empty, and where there is one, the next thing to do."""

import re

import pytest
from browsing import Site, Visit
from people import ADMINISTRATOR, STRANGER

LISTS = {
    STRANGER: [
        "/inbox", "/inbox?tab=claimable", "/inbox?tab=done", "/inbox?tab=mine", "/inbox?q=nothing-like-this",
        "/applications", "/applications?status=completed", "/applications?q=nothing-like-this",
        "/registers/issued_keys", "/notifications", "/notifications?tab=all",
    ],
    ADMINISTRATOR: [
        "/operations/incidents", "/operations/incidents?status=closed", "/admin/people?q=nothing-like-this",
        "/admin/messages?status=failed", "/applications?q=nothing-like-this",
    ],
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_list_says_that_it_is_empty_and_why(visit: Visit, untouched_site: Site, language: str) -> None:
    silent = []
    for who, paths in LISTS.items():
        page = visit(who, language, at=untouched_site)
        for path in paths:
            page.goto(f"{untouched_site.address}{path}")
            empty = page.locator("main .zp-empty")
            text = empty.inner_text() if empty.count() == 1 else ""
            if len([line for line in text.splitlines() if line.strip()]) < 2 or re.search(r"\w+\.\w+_\w+", text):
                silent.append((path, text))
    assert silent == []
