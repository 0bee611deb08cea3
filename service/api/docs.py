"""The OpenAPI document and a page that reads well without any script."""

from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template

from service.access import access
from service.api.blueprint import Api
from service.api.document import document_of
from service.errors import HTTP_CODES
from service.texts import sentence

METHODS = ("get", "post", "put", "patch", "delete")


def register(app: Flask, api: Api) -> None:
    """Add /api/v1/openapi.json and /api/docs."""

    @app.get("/api/v1/openapi.json", endpoint="openapi")
    @access("public")
    def openapi() -> Response:
        """Serve the OpenAPI document of this very version."""
        return jsonify(document_of(current_app._get_current_object(), api))  # type: ignore[attr-defined]

    @app.get("/api/docs", endpoint="api_docs")
    @access("public")
    def docs() -> str:
        """Show every operation with its parameters, bodies and answers."""
        document = document_of(current_app._get_current_object(), api)  # type: ignore[attr-defined]
        return render_template(
            "api_docs.html",
            document=document,
            groups=grouped(document),
            schemas=document["components"]["schemas"],
            problems=sorted((code, status, sentence(code)) for status, code in HTTP_CODES.items()),
        )


def grouped(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations by tag, in the order of the tags."""
    groups: dict[str, dict[str, Any]] = {
        tag["name"]: {"name": tag["name"], "description": tag.get("description", ""), "operations": []}
        for tag in document.get("tags", [])
    }
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method in METHODS:
            if method not in operations:
                continue
            operation = operations[method]
            for tag in operation["tags"]:
                groups[tag]["operations"].append(_shown(path, method, operation, shared))
    return list(groups.values())


def _shown(path: str, method: str, operation: dict[str, Any], shared: list[Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    answers = [
        {
            "status": status,
            "description": answer["description"],
            "schema": _schema_name(answer.get("content", {})),
        }
        for status, answer in operation["responses"].items()
    ]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "access": operation["x-access"],
        "parameters": [*shared, *operation.get("parameters", [])],
        "body": _schema_name(body),
        "body_type": next(iter(body), None),
        "answers": answers,
    }


def _schema_name(content: dict[str, Any]) -> str | None:
    for media in content.values():
        reference = media.get("schema", {}).get("$ref", "")
        if reference:
            return str(reference.rpartition("/")[2])
    return None
