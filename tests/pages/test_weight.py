"""What a page costs to load: its scripts and styles, with everything that it loads by itself, gzipped."""

import gzip

import pytest
from behind_the_scenes import at_work, hand_in, open_task
from browsing import Site, Visit
from people import ADMINISTRATOR, APPLICANT
from playwright.sync_api import Page, Response

MOST = 180 * 1024
"""Bytes of JavaScript and CSS for any page of the portal."""
KINDS = ("javascript", "text/css")


class Scales:
    """Weighs what a page loads."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.weights: dict[str, int] = {}
        page.on("response", self._weigh)

    def _weigh(self, answer: Response) -> None:
        if answer.ok and any(kind in answer.headers.get("content-type", "") for kind in KINDS):
            self.weights[answer.url] = 0

    def of(self, address: str) -> dict[str, int]:
        """Load a page in an empty cache; return the gzipped bytes of each script and style by its address."""
        self.weights.clear()
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        for url in self.weights:
            self.weights[url] = len(gzip.compress(self.page.request.get(url).body(), 9))
        return dict(self.weights)


@pytest.fixture
def places(site: Site) -> list[tuple[str | None, str]]:
    """Who loads which page; the heaviest has the diagram."""
    case, _ = hand_in(site)
    with at_work(site) as uow:
        review = open_task(uow, case, "review")
    reviewer = site.house.staff["review_agent"]
    return [
        (None, "/"), (None, "/login"), (APPLICANT, "/catalogue"), (APPLICANT, "/applications"),
        (APPLICANT, f"/instances/{case}"), (APPLICANT, "/notifications"), (APPLICANT, "/account"),
        (reviewer, "/inbox"), (reviewer, f"/tasks/{review}"), (ADMINISTRATOR, "/operations"),
        (ADMINISTRATOR, "/admin/messages"),
    ]  # fmt: skip


def test_no_page_loads_more_than_180_kilobytes_of_scripts_and_styles(
    visit: Visit, site: Site, places: list[tuple[str | None, str]]
) -> None:
    scales = {who: Scales(visit(who)) for who in dict.fromkeys(who for who, _ in places)}
    found = {path: scales[who].of(f"{site.address}{path}") for who, path in places}
    totals = {path: sum(weights.values()) for path, weights in found.items()}
    assert all(totals.values()), totals
    assert {path: total for path, total in totals.items() if total > MOST} == {}, found
    assert any("diagram" in url for url in found[next(path for _, path in places if "/instances/" in path)])
