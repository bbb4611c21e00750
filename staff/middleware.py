from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.cache import patch_vary_headers


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends signed-out people to sign in, and afterwards back to the page they asked for.

    An address that was posted to can't be opened again: after that the day goes on at home.
    """

    def handle_no_permission(self, request, view_func):
        if request.method in {"GET", "HEAD"}:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(resolve_url(settings.LOGIN_REDIRECT_URL), settings.LOGIN_URL)


class UserLanguageMiddleware:
    """Speaks the language that the signed-in person chose, else the cookie's, else the browser's.

    Takes the place of Django's LocaleMiddleware, which knows no people.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        translation.activate(_chosen(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", translation.to_locale(request.LANGUAGE_CODE).replace("_", "-"))
        return response


def _chosen(request):
    own = request.user.language if request.user.is_authenticated else ""
    if own and translation.check_for_language(own):
        return own
    return translation.get_language_from_request(request)
