"""A house in which many sign: an office of four, three departments, and a person who works in two of them."""

from typing import Any
from uuid import UUID

from people_at_work import Case, Cast
from signed_package import DEPARTMENTS, KEY, signed_files
from sqlalchemy import select

from storage.actor import SYSTEM, Actor, Role
from storage.models import Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows.commands.instances import start_instance
from workflows.commands.organisations import add_member, bind_lane, create_group, create_organisation
from workflows.commands.packages import deploy_package
from workflows.commands.signers import add_signer, remove_signer
from workflows.commands.tasks import complete_task
from workflows.queries.views import TaskResult

OFFICE = ("anna", "boris", "chloe", "doris")


def signing_house(uow: UnitOfWork, **changed: dict[str, str]) -> Cast:
    """Deploy the package and engage everybody; `spare` joins no group at first, `mixed` belongs to the applicant too."""
    cast = Cast(uow)
    deploy_package(uow, SYSTEM, signed_files(**changed))
    for name in ("applicant", "bureau", "court"):
        cast.organisations[name] = create_organisation(uow, SYSTEM, f"organisation {name}").id
    for group, organisation in (("office", "bureau"), ("design", "bureau"), ("safety", "bureau"), ("legal", "court")):
        cast.groups[group] = create_group(uow, SYSTEM, cast.organisations[organisation], group).id
        bind_lane(uow, SYSTEM, KEY, group, cast.groups[group])
    cast.join("asks", "applicant")
    for name in OFFICE:
        cast.join(name, "bureau", "office")
    cast.join("mixed", "bureau", "office")
    add_member(uow, SYSTEM, cast.organisations["applicant"], cast["mixed"].account_id)
    cast.join("draws", "bureau", "design")
    cast.join("both", "bureau", "design", "safety")
    cast.join("guards", "bureau", "safety")
    cast.join("judges", "court", "legal")
    cast.join("spare", "bureau")
    cast.join("operator", "court", roles=(Role.OPERATOR,))
    cast.join("meddles", "applicant", roles=(Role.OPERATOR,))
    cast.join("auditor", "court", roles=(Role.AUDITOR,))
    cast.join("administrator", "court", roles=(Role.ADMINISTRATOR,))
    return cast


class Signing(Case):
    """One application on its way to signatures."""

    def submit_for(self, way: str, *departments: str) -> None:
        """Hand in the application, so that this task opens."""
        answers = {"way": way, "departments": list(departments or DEPARTMENTS)}
        complete_task(self.uow, self.cast["asks"], self.task("application"), "submitted", answers)

    def parts(self) -> dict[str, UUID]:
        """Return the open parts by the name of their signer, or by the lane."""
        self.uow.session.rollback()
        rows = self.uow.session.scalars(
            select(Task).where(Task.instance_id == self.id, Task.status == "open").order_by(Task.run)
        )
        return {self.name_of(row.signer or row.item or row.element_id): row.id for row in rows}

    def name_of(self, signer: str) -> str:
        """Return the name of a signer in this cast, a lane as it is."""
        return next((name for name, one in self.cast.actors.items() if str(one.account_id) == signer), signer)

    def account(self, who: str) -> str:
        """Return how the commands name a signer."""
        return str(self.cast[who].account_id) if who in self.cast.actors else who

    def part(self, signer: str) -> UUID:
        """Return the newest part of a signer, open or not."""
        self.uow.session.rollback()
        return self.uow.session.scalars(
            select(Task.id)
            .where(Task.instance_id == self.id, Task.signer == self.account(signer))
            .order_by(Task.round.desc(), Task.created_at.desc())
        ).first() or UUID(int=0)

    def sign(self, who: str, outcome: str = "approve", part: str | None = None, **answers: Any) -> TaskResult:
        """Sign one's own part, or that of a department."""
        return complete_task(self.uow, self.cast[who], self.parts()[part or who], outcome, answers)

    def add(self, actor: Actor | str, signer: str, **more: Any) -> TaskResult:
        """Add a signer through the first open part."""
        by = self.cast[actor] if isinstance(actor, str) else actor
        return add_signer(self.uow, by, next(iter(self.parts().values())), self.account(signer), **more)

    def remove(self, actor: str, signer: str, reason: str = "休假", **more: Any) -> TaskResult:
        """Take a signer away through the first open part."""
        task_id = next(iter(self.parts().values()))
        return remove_signer(self.uow, self.cast[actor], task_id, self.account(signer), reason, **more)

    def outcome(self) -> tuple[str, str | None]:
        """Return the status and the end of the application."""
        self.uow.session.rollback()
        row = self.uow.session.get_one(Instance, self.id, populate_existing=True)
        return row.status, row.outcome


def begin_signing(cast: Cast, way: str, *departments: str) -> Signing:
    """Start an application and bring it to its signers."""
    case = Signing(cast, start_instance(cast.uow, cast["asks"], KEY))
    case.submit_for(way, *departments)
    return case
