"""Everybody of the house for the browser, made through the real commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.actor import Actor, Role
from storage.unit_of_work import UnitOfWork
from workflows.commands import accounts, organisations, packages
from workflows.packages import read_folder

PASSWORD = "Long enough pass 9"
PACKAGE = Path(__file__).parents[2] / "bpmn" / "certificate_issuance"
STAFF = {
    "review_agent": ("gu_nanqiao", "顾南乔", "agency"),
    "customer_service": ("ye_guizhou", "叶归舟", "agency"),
    "finance": ("lin_yuan", "林予安", "centre"),
    "production": ("wen_gu", "温故", "centre"),
    "shipping": ("lu_zhixing", "陆知行", "centre"),
}
APPLICANT, COLLEAGUE, STRANGER = "shen_yanqiu", "he_jianshan", "song_weiyang"
ADMINISTRATOR = "zhou_mingyuan"
NAMES = {
    "applicant": "栖川砚北能源服务有限公司",
    "other": "栖川槐序储能有限公司",
    "agency": "栖川审核代理有限公司",
    "centre": "栖川数字证书中心",
}


@dataclass
class House:
    """User names by lane, and the token of an empty house."""

    staff: dict[str, str]
    setup_token: str = ""


def furnish(uow: UnitOfWork, files: Mapping[str, bytes] | None = None) -> House:
    """Make organisations, people, groups and bindings, and deploy the certificate process, or these files of it."""
    token = accounts.make_setup_token(uow) or ""
    first = accounts.set_up(uow, token, ADMINISTRATOR, PASSWORD, "周明远")
    actor = Actor(first.id, None, frozenset(), frozenset({Role.ADMINISTRATOR}))
    houses = {key: organisations.create_organisation(uow, actor, name).id for key, name in NAMES.items()}
    packages.deploy_package(uow, actor, files or read_folder(PACKAGE))
    for username, name, home in (
        (APPLICANT, "沈砚秋", "applicant"),
        (COLLEAGUE, "何见山", "applicant"),
        (STRANGER, "宋未央", "other"),
    ):
        accounts.create_account(
            uow, actor, username, PASSWORD, name, organisation_id=houses[home], must_change_password=False
        )
    for lane, (username, name, home) in STAFF.items():
        made = accounts.create_account(
            uow, actor, username, PASSWORD, name, organisation_id=houses[home], must_change_password=False
        )
        group = organisations.create_group(uow, actor, houses[home], f"{lane} desk")
        organisations.put_group_members(uow, actor, group.id, [made.id])
        organisations.bind_lane(uow, actor, PACKAGE.name, lane, group.id)
    return House({lane: username for lane, (username, _, _) in STAFF.items()})
