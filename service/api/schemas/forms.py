# ruff: noqa: ARG002 - marshmallow hands attr and obj to every field
"""A form as programs read it."""

from typing import Any

from marshmallow import fields


class FormField(fields.Field[Any]):
    """A form as programs need it: key, digest, and per field path, type, label, options and whether it is required."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return None
        return {
            "key": value.key,
            "title": value.title,
            "sha256": value.sha256,
            "fields": [_field(one) for one in value.fields],
        }


def _field(field: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"key": field.key, "path": field.path, "type": field.type, "label": field.label}
    for name in ("required", "description"):
        if getattr(field, name, None):
            found[name] = getattr(field, name)
    options = getattr(field, "options", None)
    if options:
        found["options"] = [_option(one) for one in options]
    children = getattr(field, "children", None)
    if children:
        found["children"] = [_field(one) for one in children]
    return found


def _option(option: Any) -> Any:
    if hasattr(option, "value"):
        return {"value": option.value, "label": option.label}
    return list(option) if isinstance(option, tuple) else option
