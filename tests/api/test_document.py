"""The OpenAPI document and the page that explains it."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.document import WITHOUT_KEY


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    reply = client.get("/api/v1/openapi.json")
    assert reply.status_code == 200
    assert isinstance(reply.json, dict)
    return reply.json


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def test_every_route_of_the_api_is_described(document: dict[str, Any], client: FlaskClient) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), verb.lower())
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "openapi"
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_operation_has_a_name_a_sentence_and_its_refusals(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert operation["summary"].endswith("."), (path, method)
        assert operation["x-access"] != "None"
        assert "4XX" in operation["responses"]
        assert any(status.startswith("2") for status in operation["responses"])
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in named) == (
            method == "post" and operation["operationId"] not in WITHOUT_KEY
        )


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            references.extend([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document)
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


@pytest.mark.parametrize(("language", "title"), [("zh-CN", "程序接口"), ("en", "API")])
def test_the_page_reads_without_scripts(client: FlaskClient, language: str, title: str) -> None:
    reply = client.get("/api/docs", headers={"Accept-Language": language})
    page = reply.get_data(as_text=True)
    assert reply.status_code == 200
    assert f"<h1>{title}</h1>" in page
    assert "api_docs." not in page
    assert "/api/v1/tasks/{task_id}/complete" in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"""(src|href)="(https?:)?//""", page)
    assert " style=" not in page
    anchors = set(re.findall(r' id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= anchors


def test_the_type_of_a_problem_is_explained_on_the_page(client: FlaskClient) -> None:
    problem = client.get("/api/v1/nothing").json
    assert problem is not None
    page = client.get("/api/docs").get_data(as_text=True)
    assert f'id="{problem["code"]}"' in page
    assert problem["type"] == f"/api/docs#{problem['code']}"
