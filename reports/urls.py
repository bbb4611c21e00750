from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("today/", views.today, name="today"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/pool/", views.pool_moves, name="pool_moves"),
    path("welcome/<str:key>/", views.welcome, name="welcome"),
]
