from customers.models.activity import Activity
from customers.models.contact import Contact
from customers.models.customer import Customer
from customers.models.grading import Grade, GradeRow, GradingStandard, Turnover
from customers.models.handover import Handover, HandoverItem
from customers.models.hold import Hold
from customers.models.leaving import ClearingSheet, Extension, Reminder
from customers.models.loan import Loan
from customers.models.ownership import Stint
from customers.models.pool import Pool
from customers.models.pool_rules import OwnPeriods, PoolRules
from customers.models.title import Dispute, Inquiry, Transfer

__all__ = [
    "Activity",
    "ClearingSheet",
    "Contact",
    "Customer",
    "Dispute",
    "Extension",
    "Grade",
    "GradeRow",
    "GradingStandard",
    "Handover",
    "HandoverItem",
    "Hold",
    "Inquiry",
    "Loan",
    "OwnPeriods",
    "Pool",
    "PoolRules",
    "Reminder",
    "Stint",
    "Transfer",
    "Turnover",
]
