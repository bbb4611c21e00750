"""Coming in and going out, one's own password and language."""

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from kombu.exceptions import OperationalError

from staff import throttle
from staff.forms import LoginForm, NewPasswordForm, OwnPasswordForm, ResetForm
from staff.models import User
from staff.tasks import mail_reset_link
from staff.tokens import reset_tokens


def wanted_page(request) -> str:
    """Return where the request wants to go next, if that is on our own host and not here once more; else nothing."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    own = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=own, require_https=request.is_secure())
    return wanted if is_ours and wanted.partition("?")[0] != request.path else ""


def next_page(request) -> str:
    return wanted_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


def render_form(request, template, form, **context):
    """Draw a form; 429 with Retry-After when its tries are used up."""
    if not getattr(form, "refusal", None):
        return render(request, template, {"form": form, **context})
    response = render(request, template, {"form": form, **context}, status=429)
    response.headers["Retry-After"] = form.refusal.seconds
    return response


@login_not_required
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request):
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(next_page(request))
    form = LoginForm(request, request.POST or None)
    if form.is_valid():
        auth.login(request, form.get_user())
        return redirect(next_page(request))
    return render_form(request, "staff/login.html", form, next=wanted_page(request))


@login_not_required
@require_POST
def logout(request):
    auth.logout(request)
    return redirect("staff:login")


@login_not_required
@require_POST
def language(request):
    """Speak another language from now on: by cookie, and for a signed-in person wherever they sign in."""
    chosen = request.POST.get("language")
    response = HttpResponseRedirect(next_page(request))
    if chosen not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=60 * 60 * 24 * 365,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password_change(request):
    form = OwnPasswordForm(request, request.POST or None)
    if form.is_valid():
        form.save()
        auth.update_session_auth_hash(request, form.user)
        messages.success(request, _("Your password is changed."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render_form(request, "staff/password_change.html", form)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def password_reset(request):
    """Promise a mail for any address: nobody learns from this page which addresses belong to an account."""
    form = ResetForm(request, request.POST or None)
    if form.is_valid():
        _send_link(form.cleaned_data["email"], request)
        return redirect(f"{request.path}?sent=1")
    return render_form(request, "staff/password_reset.html", form, sent="sent" in request.GET)


def _send_link(email, request):
    kwargs = {"domain": request.get_host(), "is_secure": request.is_secure(), "language": get_language()}
    try:
        mail_reset_link.delay(email, **kwargs)
    except OperationalError:
        # No doorbell: mail at once. Slower, and the time tells more, but the person gets in.
        mail_reset_link(email, **kwargs)


class PasswordResetConfirm(PasswordResetConfirmView):
    template_name = "staff/password_reset_confirm.html"
    form_class = NewPasswordForm
    token_generator = reset_tokens
    success_url = reverse_lazy("staff:login")

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form):
        response = super().form_valid(form)
        throttle.forgive_account(throttle.SIGN_IN, form.user.username)
        messages.success(self.request, _("The new password is set: sign in with it."))
        return response


password_reset_confirm = login_not_required(
    require_http_methods(["GET", "HEAD", "POST"])(PasswordResetConfirm.as_view())
)
