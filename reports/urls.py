from django.urls import path

from reports import views, views_ownership

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/pool/", views.pool_moves, name="pool_moves"),
    path("ownership/", views_ownership.ownership_page, name="ownership"),
    path("ownership/rows/", views_ownership.ownership_list, name="ownership_rows"),
    path("ownership/date/", views_ownership.owned_page, name="owned"),
    path("ownership/date/rows/", views_ownership.owned_list, name="owned_rows"),
    path("ownership/date/export/", views_ownership.owned_export, name="owned_export"),
    path("welcome/<str:key>/", views.welcome, name="welcome"),
]
