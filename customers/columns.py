"""The columns that a file of customers may have, and what their cells may say (policy 2.3, 2.4, 2.5)."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.lib.cells import Problem, email, labels, limited, one_of, whole_number
from crm.lib.importing import Column
from customers.choices import (
    Channel,
    Condition,
    Cooperation,
    Demand,
    Industry,
    Intention,
    Level,
    Payment,
    PaymentMethod,
    Source,
)
from customers.models import Customer

# The words of policy 2.4 and 2.5 by which a column may be called, simplified and traditional.
COLUMNS = (
    Column(
        "code",
        _("code"),
        ("客户编号", "客戶編號", "客户代码", "客戶代碼", "编号", "編號", "customer code"),
        required=True,
    ),
    Column(
        "name",
        _("name"),
        ("客户名称", "客戶名稱", "名称", "名稱", "公司名称", "公司名稱", "customer name"),
        required=True,
    ),
    Column("owner", _("owner"), ("负责人", "負責人", "业务员", "業務員"), help=_("a username; empty: the pool")),
    Column(
        "owned_since",
        _("owned since"),
        ("归属日期", "歸屬日期", "负责起始日", "負責起始日"),
        help=_("a day as 2021-01-31; empty: today"),
    ),
    Column("source", _("source"), ("客户来源", "客戶來源", "来源", "來源", "lead source"), help=labels(Source)),
    Column("industry", _("industry"), ("行业", "行業"), help=labels(Industry)),
    Column("demand", _("demand"), ("需求类型", "需求類型"), help=labels(Demand)),
    Column(
        "intention", _("intention level"), ("意向等级", "意向等級", "意向", "intention level"), help=labels(Intention)
    ),
    Column("address", _("address"), ("地址",)),
    Column("legal_representative", _("legal representative"), ("法定代表人", "法人代表", "法人")),
    Column("general_manager", _("general manager"), ("总经理", "總經理")),
    Column("main_business", _("main business"), ("主营业务", "主營業務", "主营", "主營")),
    Column("headcount", _("headcount"), ("员工人数", "員工人數", "人数", "人數")),
    Column("operating_condition", _("operating condition"), ("经营状况", "經營狀況"), help=labels(Condition)),
    Column("payer", _("who pays"), ("付款人", "付款方", "who pays")),
    Column("payment_method", _("way of paying"), ("付款方式", "結算方式", "way of paying"), help=labels(PaymentMethod)),
    Column("payment", _("payment credit"), ("付款信誉", "付款信譽", "payment credit"), help=labels(Payment)),
    Column("cooperation", _("cooperation"), ("合作关系", "合作關係", "合作方式"), help=labels(Cooperation)),
    Column("channel", _("preferred channel"), ("沟通渠道", "溝通渠道", "preferred channel"), help=labels(Channel)),
    Column(
        "potential", _("development potential"), ("发展潜力", "發展潛力", "development potential"), help=labels(Level)
    ),
    Column("satisfaction", _("satisfaction"), ("满意度", "滿意度"), help=_("a number from 1 to 5")),
    Column("need", _("need"), ("需求", "客户需求", "客戶需求")),
    Column("budget_range", _("budget range"), ("预算范围", "預算範圍")),
    Column("decision_process", _("decision process"), ("决策流程", "決策流程")),
    Column("contact", _("contact"), ("联系人", "聯絡人", "聯繫人", "contact person", "contact name")),
    Column("position", _("position"), ("职位", "職位", "职务", "職務")),
    Column("phone", _("phone"), ("电话", "電話", "手机", "手機", "联系电话", "聯絡電話")),
    Column("email", _("e-mail"), ("邮箱", "郵箱", "电子邮件", "電子郵件")),
    Column("wechat", _("WeChat"), ("微信",)),
)
MISSING = {"code": _("Give the customer a code."), "name": _("Write the customer's name.")}
# What a line may change on a customer.
FIELDS = (
    "name", "source", "industry", "demand", "intention", "address", "legal_representative", "general_manager",
    "main_business", "headcount", "operating_condition", "payer", "payment_method", "payment", "cooperation", "channel",
    "potential", "satisfaction", "need", "budget_range", "decision_process",
)  # fmt: skip
# The columns of the contact, and the fields they fill.
CONTACT = {"contact": "name", "position": "position", "phone": "phone", "email": "email", "wechat": "wechat"}


def parsers():
    """Return how the cell of each field of a customer is read."""
    limits = {name: Customer._meta.get_field(name).max_length for name in FIELDS}
    choices = {
        "source": Source,
        "industry": Industry,
        "demand": Demand,
        "intention": Intention,
        "operating_condition": Condition,
        "payment_method": PaymentMethod,
        "payment": Payment,
        "cooperation": Cooperation,
        "channel": Channel,
        "potential": Level,
    }
    parsers = {name: limited(length or 10_000) for name, length in limits.items()}
    parsers |= {name: one_of(words) for name, words in choices.items()}
    return parsers | {"headcount": whole_number, "satisfaction": _stars}


def _stars(text):
    number = whole_number(text) if text[:1].isdigit() else text.count("★")
    if not 1 <= number <= 5:
        raise Problem(_t("“%(text)s” is no satisfaction. Write a number from 1 to 5.") % {"text": text[:40]})
    return number


def contact_parsers():
    """Return how the cell of each column of the contact is read."""
    return {
        "contact": limited(100),
        "position": limited(100),
        "phone": limited(40),
        "email": email,
        "wechat": limited(60),
    }
