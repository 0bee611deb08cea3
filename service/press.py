"""Sets papers for the worker, which speaks to nobody: the language is an argument."""

from pathlib import Path
from typing import Final

from flask_babel import force_locale

from service.pages.paper_words import issued_of
from storage.typesetting import typeset
from workflows.papers.issuing import Wanted
from workflows.queries.views import InstanceView

TEMPLATE: Final = Path(__file__).parent / "papers" / "paper.typ"


def press(view: InstanceView, wanted: Wanted, language: str) -> bytes:
    """Return a paper as PDF, inside an app that has its catalogues. Raises CheckUnavailable."""
    with force_locale(language):
        words = issued_of(view, wanted)
    return typeset(TEMPLATE, words, patient=True)
