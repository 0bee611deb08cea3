"""Who plays in the demo. Everybody, every enterprise, number and address is invented."""

from dataclasses import dataclass

from stdnum.cn import uscc

from storage.actor import Role

PROCESS = "certificate_issuance"


@dataclass(frozen=True, slots=True)
class House:
    """An organisation; `body` are the first 17 characters of its credit code, without the check character."""

    key: str
    name: str
    body: str | None = None

    @property
    def credit_code(self) -> str | None:
        """The whole credit code with its check character (GB 32100)."""
        return self.body + uscc.calc_check_digit(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account: works in the organisation `house`, plays `lane` there or holds a role of the house."""

    username: str
    name: str
    house: str
    does: str
    lane: str | None = None
    role: Role | None = None
    language: str = "zh_CN"


HOUSES = (
    House("exchange", "示例交易中心（虚构）"),
    House("agent", "示例数证审核有限公司（虚构）", "91310115MA1QDEM01"),
    House("payee", "示例代收服务有限公司（虚构）", "91310115MA1QDEM02"),
    House("maple", "青枫售电有限公司（虚构）", "91310115MA1QDEM11"),
    House("lake", "静湖能源有限公司（虚构）", "91320100MA1QDEM12"),
    House("cloud", "远云储能科技有限公司（虚构）", "91330100MA1QDEM13"),
    House("stone", "白石热电有限公司（虚构）", "91340100MA1QDEM14"),
    House("harbour", "Harbour Light Power Ltd (invented)", "91440300MA1QDEM15"),
)
ADMINISTRATOR = Person("admin", "周管理", "exchange", "管理员 administrator", role=Role.ADMINISTRATOR)
PEOPLE = (
    Person("owner", "程绘图", "exchange", "流程负责人 process owner", role=Role.PROCESS_OWNER),
    Person("auditor", "严查证", "exchange", "审计员 auditor", role=Role.AUDITOR),
    Person("operator", "安运维", "exchange", "运维员 operator", role=Role.OPERATOR),
    Person("review1", "何明远", "agent", "资质审核 review agent", lane="review_agent"),
    Person("review2", "苏一白", "agent", "资质审核 review agent", lane="review_agent"),
    Person("service1", "唐婉宁", "agent", "客服 customer service", lane="customer_service"),
    Person("finance1", "钱越", "payee", "财务 finance", lane="finance"),
    Person("finance2", "余舟", "payee", "财务 finance", lane="finance"),
    Person("maker1", "顾行", "agent", "制作 production", lane="production"),
    Person("shipper1", "裴临", "agent", "寄送 shipping", lane="shipping"),
    Person("maple1", "林晓枫", "maple", "申请人 applicant"),
    Person("maple2", "叶初", "maple", "申请人 applicant"),
    Person("lake1", "周予安", "lake", "申请人 applicant"),
    Person("cloud1", "云归", "cloud", "申请人 applicant"),
    Person("stone1", "石小溪", "stone", "申请人 applicant"),
    Person("harbour1", "Ada Marsh", "harbour", "申请人 applicant", language="en"),
)
