from django.urls import path

from customers import views

app_name = "customers"
urlpatterns = [
    path("customers/", views.customer_list, name="list"),
    path("customers/add/", views.customer_add, name="add"),
    path("customers/search/", views.customer_search, name="search"),
    path("customers/import/", views.customer_import, name="import"),
    path("customers/<int:pk>/", views.customer_detail, name="detail"),
    path("customers/<int:pk>/edit/", views.customer_edit, name="edit"),
    path("customers/<int:pk>/claim/", views.customer_claim, name="claim"),
    path("customers/<int:pk>/release/", views.customer_release, name="release"),
    path("customers/<int:pk>/contacts/add/", views.contact_add, name="contact_add"),
    path("contacts/<int:pk>/", views.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/delete/", views.contact_delete, name="contact_delete"),
    path("pool/", views.pool_list, name="pool"),
    path("grades/", views.standard_detail, name="standard"),
    path("grades/edit/", views.standard_edit, name="standard_edit"),
]
