"""An application of the small process for returns on its way, and what became of it."""

from typing import Any

from people_at_work import Case, Cast, begin

from workflows.commands.returns import return_task
from workflows.queries.views import TaskResult

WHY = "金额与合同不符"
MARKS = [
    {"field": "amount", "reason": "多写了一个零"},
    {"field": "lines[0].thing", "reason": "名称不全"},
]
ASKED = {"company": "青枫售电有限公司", "amount": 700, "lines": [{"thing": "电子钥匙"}]}


def sent_in(cast: Cast) -> Case:
    case = begin(cast)
    ask(case)
    return case


def ask(case: Case, **changes: Any) -> None:
    case.complete("asks", "application", "done", {**ASKED, **changes})


def pass_on(case: Case, *names: str) -> None:
    for name in names:
        case.complete("finance" if name == "books" else "approves", name, "done", {"opinion": f"{name} 无误"})


def back(case: Case, who: str, name: str, to: str, **more: Any) -> TaskResult:
    return return_task(case.uow, case.cast[who], case.task(name), to, WHY, **more)


def events(case: Case, action: str) -> list[dict[str, Any]]:
    found = case.uow.journal.read(f"instance:{case.id}")
    return [event for event in found if event["action"] == action]
