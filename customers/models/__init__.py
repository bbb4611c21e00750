from customers.models.activity import Activity
from customers.models.contact import Contact
from customers.models.customer import Customer
from customers.models.grading import Grade, GradeRow, GradingStandard, Turnover
from customers.models.hold import Hold
from customers.models.loan import Loan
from customers.models.ownership import PoolPeriods, Stint

__all__ = [
    "Activity",
    "Contact",
    "Customer",
    "Grade",
    "GradeRow",
    "GradingStandard",
    "Hold",
    "Loan",
    "PoolPeriods",
    "Stint",
    "Turnover",
]
