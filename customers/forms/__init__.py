from customers.forms.giving import AssignForm, DeclineForm, MoveForm, OfferForm, ReleaseForm
from customers.forms.handover import (
    CarryOutForm,
    HandForm,
    HandoverForm,
    MissingForm,
    SplitForm,
    SupplyForm,
)
from customers.forms.leaving import DecisionForm, ExtendForm, LockForm, SheetForm, UnclearForm
from customers.forms.pools import MovePoolForm, PoolForm, RenamePoolForm
from customers.forms.records import SECTIONS, ContactForm, CustomerForm, EditCustomerForm, NewCustomerForm
from customers.forms.rules import RulesForm
from customers.forms.standard import StandardForm
from customers.forms.titles import DecideForm, DisputeForm, InquiryForm

__all__ = [
    "SECTIONS",
    "AssignForm",
    "CarryOutForm",
    "ContactForm",
    "CustomerForm",
    "DecideForm",
    "DecisionForm",
    "DeclineForm",
    "DisputeForm",
    "EditCustomerForm",
    "ExtendForm",
    "HandForm",
    "HandoverForm",
    "InquiryForm",
    "LockForm",
    "MissingForm",
    "MoveForm",
    "MovePoolForm",
    "NewCustomerForm",
    "OfferForm",
    "PoolForm",
    "ReleaseForm",
    "RenamePoolForm",
    "RulesForm",
    "SheetForm",
    "SplitForm",
    "StandardForm",
    "SupplyForm",
    "UnclearForm",
]
