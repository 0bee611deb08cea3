"""What is often written with a verdict: the package's phrases or ours, and what the reader wrote lately."""

from typing import TYPE_CHECKING

from flask_babel import gettext

from service.current import current_actor, unit_of_work
from workflows.queries.opinions import own_opinions

if TYPE_CHECKING:
    from service.pages.desk import Desk
    from service.pages.sheets import Node


def phrases_of(desk: "Desk") -> list[str]:
    """Return the phrases that are offered with the chosen outcome: a form that decides nothing has the package's only."""
    if desk.chosen is None:
        return []
    given = list(desk.chosen.phrases)
    if given or not desk.deciding:
        return given
    return [gettext(f"phrase.{desk.chosen.kind}_{n}") for n in (1, 2, 3)]


def own_phrases(desk: "Desk", opinion: "Node | None", offered: list[str]) -> list[str]:
    """Return what the reader wrote with this outcome the last times, without what is offered anyway."""
    if opinion is None or desk.chosen is None or not (desk.deciding and desk.view.may_complete):
        return []
    view = desk.view
    own = own_opinions(
        unit_of_work(), current_actor(), view.process_key, view.element_id, desk.chosen.key, opinion.name
    )
    return [one for one in own if one not in offered]
