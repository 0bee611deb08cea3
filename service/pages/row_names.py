"""Rows by name: which row of which list a path means, as people say it."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from service.pages.words import gettext

if TYPE_CHECKING:
    from workflows.forms import Form
PLACE = re.compile(r"(\w+)\[(\d+)\]", re.ASCII)


class Rows:
    """Names the rows of a form: `第 3 行`, with its list where the form has more than one, and the row around it."""

    def __init__(self, form: "Form", texts: Mapping[str, str]) -> None:
        self.form, self.texts = form, texts
        self.several = sum(one.type == "dynamiclist" for one in form.walk()) > 1

    def of(self, path: str) -> str:
        """Return the rows that a path goes through; empty outside of rows."""
        names, plain = [], ""
        for key, place in PLACE.findall(path):
            plain = f"{plain}.{key}" if plain else key
            label = self.texts.get(f"label.{self.form.key}.{plain}", "") if self.several else ""
            names.append(gettext("form_page.row", list=label, n=int(place) + 1).strip())
        return gettext("format.comma").join(names)

    def named(self, path: str, label: str) -> str:
        """Return the label of a field with its row before it: `第 3 行：数量`."""
        row = self.of(path)
        if not row or not label:
            return label or row
        return f"{row}{gettext('format.colon')}{label}"
