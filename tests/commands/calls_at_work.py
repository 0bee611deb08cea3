"""The standing cast around `purchase` and the process `opinion` that it calls."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from calling import opinion_files, purchase_files
from people_at_work import Case, Cast
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Task
from workflows.commands.instances import start_instance
from workflows.commands.organisations import bind_lane
from workflows.commands.packages import deploy_package, find_newest
from workflows.commands.tasks import complete_task
from workflows.queries.views import DefinitionView, TaskResult

APPLIED: Mapping[str, Any] = {
    "thing": "打印机",
    "amount": 800,
    "contact": "金丝雀",
    "lines": [{"name": "墨盒", "price": 100}, {"name": "纸张", "price": 9000}],
}


def deploy_opinion(cast: Cast, **changes: Any) -> DefinitionView:
    """Deploy the process that is called."""
    return deploy_package(cast.uow, SYSTEM, opinion_files(**changes))


def deploy_purchase(cast: Cast, **changes: Any) -> DefinitionView:
    """Deploy the caller: it is bound to the newest version of the other."""
    return deploy_package(cast.uow, SYSTEM, purchase_files(find_newest(cast.uow.session), **changes))


def bind_all(cast: Cast) -> None:
    """Bind the lanes: the two lanes `reviewer` to different groups."""
    bind_lane(cast.uow, SYSTEM, "purchase", "reviewer", cast.groups["finance"])
    bind_lane(cast.uow, SYSTEM, "opinion", "reviewer", cast.groups["review_agent"])
    bind_lane(cast.uow, SYSTEM, "opinion", "head", cast.groups["production"])


class Purchase(Case):
    """A purchase on its way."""

    def tasks(self, element_id: str) -> list[UUID]:
        """Return the open tasks of a step, the oldest first."""
        self.uow.session.rollback()
        rows = select(Task.id).where(
            Task.instance_id == self.id, Task.element_id == element_id, Task.status == "open"
        )
        return list(self.uow.session.scalars(rows.order_by(Task.created_at, Task.id)))

    def task(self, element_id: str) -> UUID:
        return self.tasks(element_id)[0]

    def apply(self, **changes: Any) -> TaskResult:
        """Hand the application in."""
        return self.complete("asks", "apply", "submitted", {**APPLIED, **changes})

    def say(self, call: str, outcome: str = "yes", **answers: Any) -> TaskResult:
        """Give an opinion in one of the calls."""
        return complete_task(self.uow, self.cast["approves"], self.task(f"{call}.review"), outcome, answers)


def purchase(cast: Cast) -> Purchase:
    """Start a purchase."""
    return Purchase(cast, start_instance(cast.uow, cast["asks"], "purchase"))
