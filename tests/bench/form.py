"""What a large form costs: `zhupi bench form --json` (`--db sqlite|postgresql|URL`, `--count 20`).

The form has 200 fields at the top, one of them a list of 12 columns with 50 rows, all filled. Its page is rendered, and
the draft is saved as the page does while somebody types: the requests are made inside the process, so the figures are
the server's time without the line. `plain` is the form of the house, for the ratio.
"""

import argparse
import contextvars
import cProfile
import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import EnvironBuilder, run_wsgi_app

from storage.actor import SYSTEM
from storage.db import db
from tests.bench import town as towns  # names the tests' folders
from tests.bench.files import Counted
from tests.bench.rows import write
from workflows.commands.drafts import save_draft
from workflows.commands.instances import start_instance
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

FIELDS, COLUMNS, ROWS, WARM = 200, 12, 50, 3
FORM = "forms/application.json"
ENGLISH = "i18n/en.toml"
OWN = {"company": "青枫售电有限公司", "lines": [{"quantity": 1}]}
VALUES = ("一二三四五", "六七八九十", 12, "v3", "甲乙丙丁", "2026-11-20")


def measure(database: str, count: int) -> list[dict[str, Any]]:
    """Measure the form of the house, then the large one."""
    with towns.town(database) as town:
        plain = [{"form": "plain", **row} for row in measure_form(town, OWN, count)]
        files = read_folder(towns.PACKAGE)
        form = enlarged(json.loads(files[FORM]))
        files[FORM] = json.dumps(form, ensure_ascii=False).encode()
        files[ENGLISH] = in_english(files[ENGLISH].decode(), form["components"][-1]).encode()
        deploy_package(town.uow, SYSTEM, files)
        given = answers(form["components"][-1]["components"][:-1])
        large = [{"form": "large", **row} for row in measure_form(town, given, count)]
        return [*plain, *large]


def enlarged(form: dict[str, Any]) -> dict[str, Any]:
    """The form of the house with so many more fields that it has 200, and a wide list."""
    own = sum(
        1
        for group in form["components"]
        for one in group["components"]
        if one["type"] not in ("text", "expression")
    )
    more = [component(f"more_{number}", number) for number in range(FIELDS - own - 1)]
    columns = [component(f"column_{number}", number) for number in range(COLUMNS)]
    wide = {
        "type": "dynamiclist",
        "id": "wide",
        "path": "wide",
        "label": "明细",
        "validate": {"maxRows": ROWS},
        "components": columns,
    }
    group = {"type": "group", "id": "more", "label": "其他", "components": [*more, wide]}
    return {**form, "components": [*form["components"], group]}


def in_english(words: str, group: dict[str, Any]) -> str:
    """The English words of the package with those of the added fields."""
    labels, options = ['more = "More"', 'wide = "Details"'], []
    for above, one in [("", one) for one in group["components"][:-1]] + [
        ("wide.", one) for one in group["components"][-1]["components"]
    ]:
        labels.append(f'"{above}{one["key"]}" = "Field"')
        options += [f'"{above}{one["key"]}.{option["value"]}" = "Choice"' for option in one.get("values", ())]
    for section, lines in (("label", labels), ("option", options)):
        head = f"[{section}.application]\n"
        words = words.replace(head, head + "\n".join(lines) + "\n")
    return words


def component(key: str, number: int) -> dict[str, Any]:
    """A field: mostly texts, some numbers, days and choices, some of them hidden by a condition."""
    kind = ("textfield", "textfield", "number", "select", "textfield", "datetime")[number % 6]
    made: dict[str, Any] = {"type": kind, "id": f"c_{key}", "key": key, "label": f"第{number}项"}
    if kind == "select":
        made["values"] = [{"value": f"v{n}", "label": f"选项{n}"} for n in range(5)]
    if number % 20 == 4:
        made["conditional"] = {"hide": '=company = "nobody"'}
    return made


def answers(more: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Every added field of the large form filled."""
    row = {f"column_{number}": VALUES[number % 6] for number in range(COLUMNS)}
    found = {one["key"]: VALUES[number % 6] for number, one in enumerate(more)}
    return {**OWN, **found, "wide": [row] * ROWS}


class Posted(HTMLParser):
    """What a browser would post of the form of a task."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.select = self.area = ""
        self.value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the value of an input, and where a select or a text begins."""
        given = dict(attrs)
        name = given.get("name") or ""
        kind = given.get("type") or "text"
        if tag == "input" and name and kind not in ("file", "submit", "search"):
            if kind not in ("radio", "checkbox") or "checked" in given:
                self.fields.append((name, given.get("value") or ""))
        elif tag == "select":
            self.select, self.value = name, ""
        elif tag == "option" and self.select and "selected" in given:
            self.value = given.get("value") or ""
        elif tag == "textarea":
            self.area, self.value = name, ""

    def handle_data(self, data: str) -> None:
        """Collect the text of a textarea."""
        if self.area:
            self.value += data

    def handle_endtag(self, tag: str) -> None:
        """A select or a text is complete."""
        if tag == "select" and self.select:
            self.fields.append((self.select, self.value))
            self.select = ""
        if tag == "textarea" and self.area:
            self.fields.append((self.area, self.value))
            self.area = ""


def measure_form(town: towns.Town, given: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """Render the page of a task and save its draft, the one after the other."""
    applicant = town.cast["applicant"]
    task = start_instance(town.uow, applicant.actor, towns.PROCESS).tasks[0]
    save_draft(town.uow, applicant.actor, task.id, given)
    app, browser = signed_in(town, applicant, f"a session of the bench {len(given)}")
    path, counted = f"/tasks/{task.id}", Counted()
    event.listen(db.engine, "before_cursor_execute", counted.note)
    try:
        page = Posted()
        opened = contextvars.Context().run(browser.get, path)  # its session holds the token that a post needs
        page.feed(opened.get_data(as_text=True))
        head = cookie_of(app, browser)

        def read(_: int) -> dict[str, Any]:
            return EnvironBuilder(path, headers=head).get_environ()

        def save(number: int) -> dict[str, Any]:
            data: dict[str, list[str]] = {}
            for name, value in page.fields:
                data.setdefault(name, []).append(f"青枫{number}" if name == "company" else value)
            data["_action"] = ["draft"]
            return EnvironBuilder(
                path, method="POST", data=data, headers={**head, "HX-Request": "true"}
            ).get_environ()

        yield {"what": "render", **timed(app, count, counted, read)}
        yield {"what": "save", "posted": len(page.fields), **timed(app, count, counted, save)}
    finally:
        event.remove(db.engine, "before_cursor_execute", counted.note)


def signed_in(town: towns.Town, person: Any, token: str) -> tuple[Flask, FlaskClient]:
    """A browser in which somebody has signed in."""
    from cast import begin_session

    town.uow.session.rollback()
    begin_session(town.uow, person, token)
    town.uow.session.rollback()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = token
    return app, browser


def cookie_of(app: Flask, browser: FlaskClient) -> dict[str, str]:
    """The header with which the browser says who it is."""
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return {"Cookie": f"{cookie.key}={cookie.value}"}


def ask(app: Flask, environ: dict[str, Any]) -> bytes:
    """Make one request in a context of its own; return the page."""
    body, status, _ = contextvars.Context().run(run_wsgi_app, app, environ, True)
    page = b"".join(body)
    assert status.startswith("200"), page[:500]
    return page


def timed(
    app: Flask, count: int, counted: Counted, prepare: Callable[[int], dict[str, Any]]
) -> dict[str, Any]:
    """Median times of a request in ms: the whole one, and processor time; its statements, and the size of the page.

    `calls` of functions are counted apart: they say the same on every machine, however busy it is.
    """
    walls, cpus, size = [], [], 0
    gc.collect()
    gc.freeze()  # as the server does once it is loaded
    for number in range(count + WARM):
        environ = prepare(number)
        counted.statements = 0
        wall, cpu = time.perf_counter(), time.process_time()
        size = len(ask(app, environ))
        if number >= WARM:
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    statements = counted.statements
    watch, environ = cProfile.Profile(), prepare(count + WARM)
    watch.runcall(ask, app, environ)
    calls = sum(one.callcount for one in watch.getstats())
    return {
        "p50_ms": round(statistics.median(walls) * 1000, 1),
        "cpu_ms": round(statistics.median(cpus) * 1000, 1),
        "calls": calls,
        "statements": statements,
        "kb": size // 1000,
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(prog="zhupi bench form", description=__doc__)
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    write(measure(options.db, options.count), as_json=options.json)


if __name__ == "__main__":
    main()
