from staff.views.absences import absence_add, absence_edit, absence_end, absence_list
from staff.views.access import (
    language,
    login,
    logout,
    password_change,
    password_reset,
    password_reset_confirm,
)
from staff.views.calendar import calendar_detail, day_edit, hours_edit
from staff.views.people import person_add, person_edit, person_list, person_password
from staff.views.teams import team_add, team_delete, team_edit, team_list

__all__ = [
    "absence_add",
    "absence_edit",
    "absence_end",
    "absence_list",
    "calendar_detail",
    "day_edit",
    "hours_edit",
    "language",
    "login",
    "logout",
    "password_change",
    "password_reset",
    "password_reset_confirm",
    "person_add",
    "person_edit",
    "person_list",
    "person_password",
    "team_add",
    "team_delete",
    "team_edit",
    "team_list",
]
