from django.urls import include, path

from bench import views

urlpatterns = [
    path("bench/floor/", views.floor, name="bench_floor"),
    path("bench/bare/", views.bare, name="bench_bare"),
    path("", include("crm.urls")),
]
