"""The OpenAPI document: made from routes, schemas and docstrings, never by hand."""

from typing import Any

from flask import Flask

from service.access import policy_of
from service.api.blueprint import Api
from service.api.schemas.lists import ProblemSchema

INTRODUCTION = """\
Programs sign in with an access token: `Authorization: Bearer zp_…`.
Send an `Idempotency-Key` with every POST: a repetition with the same key and body is answered with what the
first one did. Lists answer `next`; hand it back as `after` for the following page.
A refusal is `application/problem+json` with a stable `code` and a sentence in the language of `Accept-Language`.
"""
WITHOUT_KEY = ("create_token", "disable_account", "enable_account")
"""POSTs that take no key: a secret is never shown twice, and switching an account twice is the same as once."""
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "1 to 100 visible ASCII characters; repeat it when you do not know whether a request arrived.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}


def make_api(app: Flask) -> Api:
    """Return the object that collects the document of this app."""
    app.config.update(API_TITLE="Zhupi", API_VERSION="v1", OPENAPI_VERSION="3.0.3")
    api = Api(app, spec_kwargs={"info": {"description": INTRODUCTION}})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.components.schema("Problem", schema=ProblemSchema)
    return api


def document_of(app: Flask, api: Api) -> dict[str, Any]:
    """Return the document with operation ids, security, and the refusals that every operation may answer."""
    document: dict[str, Any] = api.spec.to_dict()
    endpoints = {
        (api.flask_plugin.flaskpath2openapi(rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in ("parameters", "summary"):
                continue
            endpoint = endpoints[(path, method)]
            _complete(operation, method, endpoint, str(policy_of(app, endpoint)))
    return document


def _complete(operation: dict[str, Any], method: str, endpoint: str, policy: str) -> None:
    operation["operationId"] = endpoint.rpartition(".")[2]
    operation["x-access"] = policy
    if policy != "public":
        operation["security"] = [{"token": []}]
    if method == "post" and operation["operationId"] not in WITHOUT_KEY:
        operation.setdefault("parameters", []).append(KEY_PARAMETER)
    responses = operation.setdefault("responses", {})
    for name in [name for name in responses if not name.startswith("2")]:
        del responses[name]
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses["4XX"] = {"description": "Refused, with a sentence why.", "content": content}
    responses["503"] = {
        "description": "Something the house stands on is away; repeat later.",
        "content": content,
    }
