from django.views.decorators.http import require_http_methods

from customers.importing import CustomerImport
from jobs.views import import_page


@require_http_methods(["GET", "HEAD", "POST"])
def customer_import(request):
    return import_page(request, CustomerImport.job, "customers/import.html")
