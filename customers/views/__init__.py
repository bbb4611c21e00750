from customers.views.archive import (
    contact_add,
    contact_delete,
    contact_edit,
    customer_add,
    customer_detail,
    customer_edit,
    customer_list,
    customer_search,
)
from customers.views.importing import customer_import
from customers.views.pool import customer_claim, customer_release, pool_list
from customers.views.standard import standard_detail, standard_edit

__all__ = [
    "contact_add",
    "contact_delete",
    "contact_edit",
    "customer_add",
    "customer_claim",
    "customer_detail",
    "customer_edit",
    "customer_import",
    "customer_list",
    "customer_release",
    "customer_search",
    "pool_list",
    "standard_detail",
    "standard_edit",
]
