"""People and teams from a file (policy 1.5). The command line alone imports them, so it is trusted with every role."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib.cells import Problem, email, limited, one_of
from crm.lib.commands import CouldNotStart
from crm.lib.importing import Column, Importer
from staff import people, teams
from staff.changes import company_changed, times_changed
from staff.models import Team, User
from staff.roles import Role

# What the six roles are called in Chinese, both scripts, besides their labels.
ROLE_WORDS = {
    "销售代表": Role.REPRESENTATIVE,
    "銷售代表": Role.REPRESENTATIVE,
    "客户关系专员": Role.REPRESENTATIVE,
    "客戶關係專員": Role.REPRESENTATIVE,
    "主管": Role.SUPERVISOR,
    "经理": Role.MANAGER,
    "經理": Role.MANAGER,
    "总监": Role.DIRECTOR,
    "總監": Role.DIRECTOR,
    "管理员": Role.ADMINISTRATOR,
    "管理員": Role.ADMINISTRATOR,
    "财务": Role.FINANCE,
    "財務": Role.FINANCE,
}
# Who heads a team that has no head yet: the first of these roles in it.
HEADS = (Role.DIRECTOR, Role.MANAGER, Role.SUPERVISOR)
FIELDS = ("name", "role", "team_id", "email")


class StaffImport(Importer):
    job = "import staff"
    key = "username"
    columns = (
        Column("username", _("username"), ("用户名", "用戶名", "账号", "帳號"), required=True),
        Column("name", pgettext_lazy("person", "name"), ("姓名", "名字"), required=True),
        Column("role", _("role"), ("角色", "职务", "職務"), required=True),
        Column("team", _("team"), ("团队", "團隊", "部门", "部門"), required=True),
        Column("email", _("e-mail"), ("邮箱", "郵箱", "电子邮件", "電子郵件")),
    )

    def __init__(self, by=None):
        super().__init__(by)
        self.parsers = {
            "username": _username,
            "name": limited(100),
            "role": one_of(Role, ROLE_WORDS),
            "team": _team_path,
            "email": email,
        }
        self.teams: dict[str, Team | None] = {}

    def take(self, lines, report):
        named = User.objects.filter(username__in=[line.text("username") for line in lines])
        known = {user.username: user for user in named}
        new, changed = [], []
        for line in lines:
            values = self.values(line)
            if line.problems:
                continue
            user = known.get(values["username"])
            if user is None:
                new.append(User(**values, password=make_password(None)))
            elif any(getattr(user, name) != values[name] for name in FIELDS if name in values):
                if self.may_change(line, user, values):
                    vars(user).update(values)
                    changed.append(user)
            else:
                report.unchanged += 1
        User.objects.bulk_create(new)
        User.objects.bulk_update(changed, FIELDS)
        report.created += len(new)
        report.updated += len(changed)

    def may_change(self, line, user, values):
        """Whether the person can get this role as they stand; the reasons against it are noted on the line."""
        for name, text in people.objections(user, role=values["role"], is_active=user.is_active, by=None):
            line.refuse(name, text)
        return not line.problems

    def values(self, line):
        """Return the columns that the line gives; all but the e-mail address are needed."""
        line.require(dict.fromkeys(("username", "name", "role", "team"), _("Fill in this cell.")))
        values = {name: line.read(name, parse) for name, parse in self.parsers.items() if line.text(name)}
        if not line.problems:
            team = self.team(values.pop("team"))
            values["team_id"] = team.pk
        return values

    def team(self, path):
        if path not in self.teams:
            self.teams[path] = teams.find_or_create(path)
        return self.teams[path]

    def finish(self):
        """Give each team named in the file its head, unless it has one; the rooms above follow."""
        for team in Team.objects.filter(pk__in=[team.pk for team in self.teams.values()], head=None):
            fitting = {user.role: user for user in team.people.active().filter(role__in=HEADS).order_by("-pk")}
            team.head = next((fitting[role] for role in HEADS if role in fitting), None)
            team.save(update_fields=["head"])
        people = User.objects.filter(team__in=[team.pk for team in self.teams.values()])
        times_changed(list(people.values_list("pk", flat=True)))
        company_changed()


def _username(text):
    try:
        UnicodeUsernameValidator()(text)
    except ValidationError as error:
        raise Problem(error.messages[0]) from None
    return limited(150)(User.normalize_username(text))


def _team_path(text):
    names = teams.parts(text)
    if not names:
        raise Problem(_t("Write the team as its path from the top: 总公司/华东/杭州组."))
    for name in names:
        limited(100)(name)
    return limited(500)(teams.SEPARATOR.join(names))


def importing_user(username, may_import) -> User:
    """Return the person a command works for; raises CommandError when there is none or they may not import."""
    user = User.objects.active().filter(username=username).first()
    if user is None:
        raise CouldNotStart(_t("There is no active person with the username “%(name)s”.") % {"name": username})
    if not may_import(user):
        raise CouldNotStart(_t("%(name)s may not import this.") % {"name": user})
    return user
