from django.urls import path

from complaints import views

app_name = "complaints"
urlpatterns = [
    path("feedback/", views.feedback_add, name="public"),
    path("feedback/received/", views.feedback_received, name="received"),
    path("feedback/<slug:key>/", views.link_detail, name="link"),
    path("feedback/<slug:key>/satisfied/", views.link_satisfied, name="link_satisfied"),
    path("feedback/<slug:key>/files/<int:pk>/", views.link_file, name="link_file"),
    path("complaints/desk/", views.desk_edit, name="desk"),
    path("complaints/add/", views.ticket_add, name="add"),
    path("complaints/<int:pk>/", views.ticket_detail, name="detail"),
    path("complaints/actions/<int:pk>/done/", views.action_done, name="action_done"),
    path("complaints/files/<int:pk>/", views.ticket_file, name="file"),
    path("complaints/<int:pk>/match/", views.ticket_match, name="match"),
    path("complaints/<int:pk>/link/", views.ticket_link, name="link_to"),
    path("complaints/<int:pk>/assign/", views.ticket_step, {"verb": "assign"}, name="assign"),
    path("complaints/<int:pk>/note/", views.ticket_step, {"verb": "note"}, name="note"),
    path("complaints/<int:pk>/action/", views.ticket_step, {"verb": "action"}, name="action_add"),
    path("complaints/", views.ticket_queue, name="queue"),
    path("complaints/board/", views.ticket_board, name="board"),
    path("complaints/mentions/", views.mention_list, name="mentions"),
    path("complaints/learn/", views.lessons, name="learn"),
    path("complaints/countermeasures/", views.measure_list, name="measures"),
    path("complaints/countermeasures/add/", views.measure_add, name="measure_add"),
    path("complaints/countermeasures/<int:pk>/done/", views.measure_done, name="measure_done"),
    path("complaints/cases/", views.case_list, name="cases"),
    path("complaints/cases/<int:pk>/", views.case_detail, name="case"),
    path("complaints/cases/<int:pk>/edit/", views.case_edit, name="case_edit"),
    path("complaints/<int:pk>/case/", views.case_add, name="case_add"),
    path("complaints/<int:pk>/paper/", views.ticket_paper, name="paper"),
    # Every other step by its verb: complaints.forms.BY_VERB. What is no verb of a form stands above.
    path("complaints/<int:pk>/<slug:verb>/", views.ticket_step, name="step"),
]
