from staff.models.absence import Absence
from staff.models.access import LoginWindow
from staff.models.calendar import Day, WorkingHours
from staff.models.notice import Notice
from staff.models.person import Team, User

__all__ = ["Absence", "Day", "LoginWindow", "Notice", "Team", "User", "WorkingHours"]
