from staff.forms.absences import AbsenceForm
from staff.forms.access import LoginForm, NewPasswordForm, OwnPasswordForm, ResetForm, Throttled
from staff.forms.calendar import DayForm, HoursForm
from staff.forms.people import NewPersonForm, PersonForm, TeamField, TeamForm

__all__ = [
    "AbsenceForm",
    "DayForm",
    "HoursForm",
    "LoginForm",
    "NewPasswordForm",
    "NewPersonForm",
    "OwnPasswordForm",
    "PersonForm",
    "ResetForm",
    "TeamField",
    "TeamForm",
    "Throttled",
]
