"""flask-smorest with our reader, our errors and our fields."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar, cast

import marshmallow as ma
from flask import Request
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from service.refusals import BadFields, BadJson, FieldError
from service.strict_json import JsonRefused, read

View = TypeVar("View", bound=Callable[..., Any])


class Parser(FlaskParser):
    """Reads bodies strictly and refuses what a schema does not name, in query strings too."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - as webargs declares it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "form": ma.RAISE,
        "files": ma.RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        if not core.is_json(req.mimetype):
            raise UnsupportedMediaType
        try:
            return read(body)
        except JsonRefused as error:
            raise BadJson(error.reason) from error

    def _get_schema(self, argmap: Any, req: Request) -> ma.Schema:
        """Make a schema once: all its fields are copied whenever one is made. Nothing of a request stays in it."""
        return super()._get_schema(_schema(argmap) if isinstance(argmap, type) else argmap, req)

    def handle_error(self, error: ma.ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Turn marshmallow's nested messages into {path: [code]}."""
        by_location = error.messages if isinstance(error.messages, Mapping) else {"": error.messages}
        errors: dict[str, list[FieldError]] = {}
        for messages in by_location.values():
            _collect(messages, "", errors)
        raise BadFields(errors) from error


class Blueprint(SmorestBlueprint):  # type: ignore[misc]  # flask_smorest ships no types
    """A blueprint whose arguments are read by our parser, with types on its decorators."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view; see flask_smorest.Blueprint.route."""
        return cast(Callable[[View], View], super().route(rule, **options))

    def arguments(self, schema: type[ma.Schema], **options: Any) -> Callable[[View], View]:
        """Read an argument by a schema; see flask_smorest.Blueprint.arguments."""
        return cast(Callable[[View], View], super().arguments(schema, **options))

    def response(
        self, status_code: int, schema: type[ma.Schema] | None = None, **options: Any
    ) -> Callable[[View], View]:
        """Write the answer by a schema; see flask_smorest.Blueprint.response."""
        return cast(Callable[[View], View], super().response(status_code, schema, **options))


class Api(SmorestApi):  # type: ignore[misc]
    """The document generator alone: routes and errors of smorest's own are not registered."""

    def _register_error_handlers(self) -> None:
        """Errors have one table, in service/errors.py."""

    def _register_doc_blueprint(self) -> None:
        """The document is a route of ours, with a policy like every other."""


@cache
def _schema(kind: type[ma.Schema]) -> ma.Schema:
    return kind()


def _collect(messages: Any, path: str, errors: dict[str, list[FieldError]]) -> None:
    """Flatten {"lines": {0: {"quantity": ["required"]}}} into {"lines[0].quantity": [required]}."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if key == "_schema":
                _collect(inner, path, errors)
            elif isinstance(key, int):
                _collect(inner, f"{path}[{key}]", errors)
            else:
                _collect(inner, f"{path}.{key}" if path else str(key), errors)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        errors.setdefault(path[:200] or "body", []).append(_field_error(str(message)))


def _field_error(message: str) -> FieldError:
    """Read `too_long|limit=100`, the shape in which our fields say what is wrong."""
    code, *pairs = message.split("|")
    return FieldError(code, dict(pair.partition("=")[::2] for pair in pairs))
