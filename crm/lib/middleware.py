"""Turns refusals that verbs raise into pages, in one place."""

from django.shortcuts import render

from crm.lib.moves import TooLate


class RefusalMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, TooLate):
            context = {"message": str(exception), "is_rule": exception.is_rule}
            return render(request, "409.html", context, status=409)
        return None
