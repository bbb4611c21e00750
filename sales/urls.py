from django.urls import path

from sales import views

app_name = "sales"
urlpatterns = [
    path("orders/", views.order_list, name="list"),
    path("orders/import/", views.order_import, name="import"),
    path("orders/<int:pk>/confirm/", views.order_confirm, name="confirm"),
    path("orders/<int:pk>/reverse/", views.order_reverse, name="reverse"),
    path("customers/<int:pk>/orders/add/", views.order_add, name="add"),
]
