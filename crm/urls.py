from django.urls import include, path

from crm.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("reports.urls")),
    path("", include("staff.urls")),
    path("", include("customers.urls")),
    path("", include("sales.urls")),
    path("", include("visits.urls")),
    path("", include("complaints.urls")),
    path("", include("plans.urls")),
    path("imports/", include("jobs.urls")),
]
