"""A browser before a real house: web server, database, object store, everybody of every lane."""

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browsing import Running, Site, Visit
from people import PACKAGE, PASSWORD, House, furnish
from playwright.sync_api import Browser, BrowserContext, Page

from config.settings import Settings, load_settings
from service.app import create_app
from storage.database import migrate
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.unit_of_work import build
from workflows.packages import read_folder

CHROMIUM = "/usr/bin/chromium"
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever opens a page needs a browser; ZHUPI_NO_BROWSER=1 leaves those out knowingly."""
    for item in items:
        if "tests/pages" in str(item.path) and "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if os.environ.get("ZHUPI_NO_BROWSER") == "1":
                item.add_marker(pytest.mark.skip(reason="ZHUPI_NO_BROWSER=1"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium."""
    return {"executable_path": CHROMIUM, "args": LAUNCH}


def _settings(folder: Path, s3: EmbeddedS3) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings(
        {
            "ZHUPI_DATA": str(folder),
            "ZHUPI_SECRET_KEY": "a secret for the tests only, of enough length",
            "ZHUPI_PERSONAL_KEY": "11" * 32,
            "ZHUPI_INDEX_KEY": "22" * 32,
            "ZHUPI_S3_ACCESS_KEY": "tests",
            "ZHUPI_S3_SECRET_KEY": "a secret of the object store",
        }
    )
    return dataclasses.replace(settings, s3_endpoint=s3.endpoint, s3_bucket="tests", s3_secure=False)


@contextmanager
def _furnished(settings: Settings, documents: Documents, files: Mapping[str, bytes] | None = None) -> Iterator[Site]:
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        house = furnish(build(settings, documents=documents), files)
    running = Running(app).start()
    yield Site(running.address, app, settings, house)
    running.stop()


@pytest.fixture(scope="session")
def site(scratch: Path, s3: EmbeddedS3, documents: Documents) -> Iterator[Site]:
    """A house with the certificate process, its staff and an applicant; what earlier tests did in it stays."""
    with _furnished(_settings(scratch / "pages", s3), documents) as furnished:
        yield furnished


@pytest.fixture(scope="module")
def untouched_site(tmp_path_factory: pytest.TempPathFactory, s3: EmbeddedS3, documents: Documents) -> Iterator[Site]:
    """The same house before anybody has done anything in it, for one module."""
    with _furnished(_settings(tmp_path_factory.mktemp("untouched"), s3), documents) as furnished:
        yield furnished


@pytest.fixture
def empty_site(tmp_path: Path, s3: EmbeddedS3, documents: Documents) -> Iterator[Site]:
    """A house at its very first start: nobody has an account, `house.setup_token` opens the door."""
    from workflows.commands.accounts import make_setup_token

    settings = _settings(tmp_path / "empty", s3)
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        token = make_setup_token(build(settings, documents=documents))
    running = Running(app).start()
    yield Site(running.address, app, settings, House({}, token or ""))
    running.stop()


@pytest.fixture(scope="session")
def paged_site(scratch: Path, s3: EmbeddedS3, documents: Documents) -> Iterator[Site]:
    """The same house, but each group of its application is a page of its own."""
    files = read_folder(PACKAGE)
    application = json.loads(files["forms/application.json"])
    for group in application["components"]:
        group["properties"] = {"page": group["id"]}
    files["forms/application.json"] = json.dumps(application, ensure_ascii=False).encode()
    with _furnished(_settings(scratch / "paged", s3), documents, files) as furnished:
        yield furnished


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open a browser as somebody; at the end no page may have broken the policy or thrown an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    violations: list[str] = []

    def open_page(
        who: str | None = None,
        language: str = "zh_CN",
        width: int = 1440,
        theme: str = "light",
        at: Site = site,
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "language", "value": language, "url": at.address}])
        context.expose_function("zpReport", lambda said: violations.append(said))
        context.add_init_script(
            'document.addEventListener("securitypolicyviolation", (e) => zpReport(`${e.violatedDirective} ${e.blockedURI}`))'
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if who is not None:
            page.goto(f"{at.address}/login")
            page.fill("#f-username", who)
            page.fill("#f-password", PASSWORD)
            page.locator("form.zp-login button[type=submit]").click()
            page.wait_for_url(f"{at.address}/inbox**")
        else:
            page.goto(at.address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
    assert violations == []
