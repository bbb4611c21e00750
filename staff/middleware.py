from django.utils import translation
from django.utils.cache import patch_vary_headers


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
