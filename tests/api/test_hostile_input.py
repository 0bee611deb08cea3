"""Whatever a caller sends: an answer with a sentence, never a 500."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journey import APPLICATION
from werkzeug.test import TestResponse

EXAMPLES = 400
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "\x00",
            "a\x00b",
            "%00",
            "../../etc/passwd",
            "' OR 1=1 --",
            "<script>",
            "💥" * 50,
            "x" * 5000,
            "²",
            "NaN",
        ]
    ),
)
numbers = st.one_of(
    st.integers(-(10**25), 10**25), st.floats(allow_nan=True), st.sampled_from([0, -1, 2**31, 2**63, 10**17])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "process_key", "reason", "outcome", "answers", "task_version", "revision", "field", "label", "days", "name",
    "username", "password", "roles", "organisation_id", "account_ids", "group_id", "lane", "language", "phone", "mail",
    "credit_code", "expires_in_days", "lines", "company",
]  # fmt: skip
bodies = st.dictionaries(st.sampled_from(NAMES), values, max_size=5) | values
queries = st.dictionaries(
    st.sampled_from(["after", "limit", "query", "tab", "status", "process_key", "x"]),
    texts
    | st.sampled_from(["1", "-1", "9" * 400, "todo", "W10", "WzFd", "bnVsbA", "eyJhIjoxfQ", "W1tbW11dXV0"]),
    max_size=3,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "Idempotency-Key",
            "Accept-Language",
            "X-Request-ID",
            "Content-Type",
            "If-Match",
            "Range",
            "X-Forwarded-Host",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=120)
    | st.sampled_from(
        ["application/json", "text/xml", "multipart/form-data", "zh-CN,zh;q=0.9", "*", "en;q=x"]
    ),
    max_size=2,
)


def check(reply: TestResponse, what: str) -> None:
    """A refusal is a problem document with a sentence; a 5xx never happens."""
    assert reply.status_code < 500, (what, reply.status_code, reply.get_data(as_text=True)[:300])
    if reply.status_code >= 400 and what.partition(" ")[2].startswith("/api/v1"):
        assert reply.content_type == "application/problem+json", what
        problem = reply.json
        assert problem is not None
        assert problem["detail"]
        assert not problem["detail"].startswith(("error.", "form."))
        for messages in problem.get("errors", {}).values():
            assert all(not one["message"].startswith("form.") for one in messages)


def test_any_request_is_answered(
    app: Flask, client: FlaskClient, cast: Cast, pool: dict[str, list[str]]
) -> None:
    routes = [
        (verb, rule.rule)
        for rule in app.url_map.iter_rules()
        for verb in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule not in ("/login", "/logout", "/static/<path:filename>")
    ]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        verb, rule = data.draw(st.sampled_from(routes))
        who = data.draw(st.sampled_from(["applicant", "administrator", "review_agent"]))

        def fill(found: re.Match[str]) -> str:
            known = pool.get(found[1], [])
            return str(
                data.draw(
                    st.sampled_from(
                        [*known, *known, str(uuid4()), str(UUID(int=0)), "x", "%00", "a%2Fb", "é" * 80]
                    )
                )
            )

        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", fill, rule)
        options: dict[str, Any] = {"query_string": data.draw(queries)}
        sent = {**cast[who].headers, **data.draw(headers)}
        if verb != "GET":
            if rule.startswith("/api"):
                body = data.draw(bodies)
                options["data"] = data.draw(
                    st.sampled_from([json.dumps(body), json.dumps(body).encode()[:-1], b"\xff", b""])
                )
                sent.setdefault("Content-Type", "application/json")
            else:
                options["data"] = data.draw(
                    st.dictionaries(
                        st.sampled_from([*NAMES, "_action", "_version", "_revision", "_key"]),
                        texts,
                        max_size=5,
                    )
                )
                sent.pop("Content-Type", None)
        reply = client.open(path, method=verb, headers=sent, **options)
        check(reply, f"{verb} {path}")

    ask()


def test_any_answers_are_judged(client: FlaskClient, cast: Cast, pool: dict[str, list[str]]) -> None:
    """The form meets every kind of value in every field: accepted into the draft or refused field by field."""
    task_id = pool["task_id"][1]
    rows = st.lists(
        st.dictionaries(st.sampled_from(["package", "years", "quantity", "x"]), values, max_size=3) | values,
        max_size=3,
    )
    sheets = st.dictionaries(
        st.sampled_from([*APPLICATION, "application_form", "letter_of_authorisation", "x"]),
        values | rows,
        max_size=6,
    )

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(sheets, st.booleans())
    def ask(answers: dict[str, Any], draft: bool) -> None:
        verb, path, body = (
            "POST",
            f"/api/v1/tasks/{task_id}/complete",
            {"outcome": "submitted", "task_version": 1},
        )
        if draft:
            verb, path, body = "PUT", f"/api/v1/tasks/{task_id}/draft", {"revision": 0}
        sent = {**cast["applicant"].headers, "Content-Type": "application/json"}
        reply = client.open(path, method=verb, data=json.dumps({**body, "answers": answers}), headers=sent)
        check(reply, f"{verb} {path}")

    ask()
