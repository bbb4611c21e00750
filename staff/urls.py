from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password_change, name="password_change"),
    path("password/reset/", views.password_reset, name="password_reset"),
    path("password/reset/<uidb64>/<token>/", views.password_reset_confirm, name="password_reset_confirm"),
    path("language/", views.language, name="language"),
    path("people/", views.person_list, name="person_list"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/<int:pk>/", views.person_edit, name="person_edit"),
    path("people/<int:pk>/password/", views.person_password, name="person_password"),
    path("teams/", views.team_list, name="team_list"),
    path("teams/add/", views.team_add, name="team_add"),
    path("teams/<int:pk>/", views.team_edit, name="team_edit"),
    path("teams/<int:pk>/delete/", views.team_delete, name="team_delete"),
    path("absences/", views.absence_list, name="absence_list"),
    path("absences/add/", views.absence_add, name="absence_add"),
    path("absences/<int:pk>/", views.absence_edit, name="absence_edit"),
    path("absences/<int:pk>/end/", views.absence_end, name="absence_end"),
    path("company-calendar/", views.calendar_detail, name="calendar"),
    path("company-calendar/day/", views.day_edit, name="day_edit"),
    path("company-calendar/hours/", views.hours_edit, name="hours_edit"),
]
