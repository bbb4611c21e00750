from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [
    path("calls/", views.log_list, name="list"),
    path("customers/<int:pk>/log/", views.log_add, name="add"),
]
