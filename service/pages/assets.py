"""Where the built front end lies: names with hashes, read once from the manifest of Vite."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app, url_for

BUILD = "build"


class FrontEndMissing(RuntimeError):
    """The front end is not built: run `npm ci` and `npm run build`."""


@cache
def _manifest(folder: str) -> dict[str, Any]:
    path = Path(folder) / BUILD / "manifest.json"
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        message = f"{path} is missing: run npm ci and npm run build"
        raise FrontEndMissing(message) from None


def _entry(name: str) -> dict[str, Any]:
    found: dict[str, Any] = _manifest(current_app.static_folder or "")[f"service/ui/{name}"]
    return found


def asset(name: str) -> str:
    """Return the address of a built file, such as `main.js` or `icons.svg`."""
    return url_for("static", filename=f"{BUILD}/{_entry(name)['file']}")


def styles(name: str) -> list[str]:
    """Return the addresses of the style sheets that an entry brings along."""
    return [url_for("static", filename=f"{BUILD}/{css}") for css in _entry(name).get("css", [])]
