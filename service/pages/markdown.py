"""The little of Markdown that texts of forms may use: headings, lists, bold, links. Everything is escaped first."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

HEADING = re.compile(r"(#{1,4})\s+(.+?)\s*#*")
BULLET = re.compile(r"[-*+]\s+(.+)")
NUMBERED = re.compile(r"\d{1,3}[.)、]\s*(.+)")
# The texts are escaped before: quotes are entities, so no address can end its attribute.
LINK = re.compile(r"\[([^\[\]]{1,200})\]\((https?://[^\s()<>]{1,500})\)")
BOLD = re.compile(r"\*\*(\S(?:[^*]*\S)?)\*\*")


def markdown(text: str) -> Markup:
    """Return a text as HTML. Links lead to http and https only; whatever is not known stays as it was written."""
    return Markup("").join(_blocks(text.replace("\r\n", "\n").split("\n")))


def _blocks(lines: list[str]) -> Iterator[Markup]:
    paragraph: list[Markup] = []
    items: list[Markup] = []
    kind = ""
    for line in [*(one.strip() for one in lines), ""]:
        listed = BULLET.fullmatch(line) or NUMBERED.fullmatch(line)
        heading = HEADING.fullmatch(line)
        now = "" if listed is None else "ul" if BULLET.fullmatch(line) else "ol"
        if paragraph and (not line or listed or heading):
            yield Markup("<p>{}</p>").format(Markup("<br>").join(paragraph))
            paragraph = []
        if items and now != kind:
            yield Markup("<{0}>{1}</{0}>").format(Markup(kind), Markup("").join(items))  # noqa: S704 - ul or ol
            items = []
        kind = now
        if listed:
            items.append(Markup("<li>{}</li>").format(_inline(listed[1])))
        elif heading:
            level = 3 if len(heading[1]) <= 2 else 4  # the page has the first two
            yield Markup("<h{0}>{1}</h{0}>").format(level, _inline(heading[2]))
        elif line:
            paragraph.append(_inline(line))


def _inline(text: str) -> Markup:
    safe = BOLD.sub(r"<b>\1</b>", str(escape(text)))
    linked = LINK.sub(r'<a class="zp-link" href="\2" target="_blank" rel="noopener noreferrer">\1</a>', safe)
    return Markup(linked)  # noqa: S704 - escaped above
