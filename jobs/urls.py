from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("<int:pk>/", views.run_detail, name="detail"),
    path("<int:pk>/errors/", views.run_errors, name="errors"),
]
