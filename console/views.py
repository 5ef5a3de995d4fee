"""Pages of the console itself: signing in, the way in, who has no role yet, the colours, another password."""

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from devices.rights import has_role

THEMES = {"light", "dark"}
YEAR = 365 * 24 * 3600


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("User name or password is not right."),
        "inactive": gettext_lazy("This account is switched off."),
    }


class SignIn(LoginView):
    template_name = "console/signin.html"
    form_class = SignInForm
    redirect_authenticated_user = True


class Password(SuccessMessageMixin, PasswordChangeView):
    template_name = "console/password.html"
    success_url = reverse_lazy("home")
    success_message = gettext_lazy("Your password is changed.")


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The way in: All devices, or the page that says which right is missing."""
    if not has_role(request.user):
        return norole(request)
    try:
        return redirect("devices:list")
    except NoReverseMatch:
        return redirect("admin:index")


def norole(request: HttpRequest) -> HttpResponse:
    """Signed in, but without a role: what is in order, what is missing, and who can give it (R19)."""
    checks = [
        {
            "tone": "ok",
            "icon": "ok",
            "title": _("Account"),
            "end": _("in order"),
            "text": _("%(account)s is active.") % {"account": request.user.get_username()},
        },
        {
            "tone": "bad",
            "icon": "bad",
            "title": _("Role"),
            "end": _("missing"),
            "text": _("Reader (read), Approver (read and approve) or Site administrator"),
        },
        {
            "tone": "mute",
            "icon": "dash",
            "title": _("Right to read a collection"),
            "end": _("comes with the role"),
            "text": _("Which devices and persons you may see"),
        },
    ]
    administrators = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("username")[:5]
    givers = [{"name": user.get_full_name() or user.get_username(), "email": user.email} for user in administrators]
    return render(request, "console/norole.html", {"checks": checks, "givers": givers})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen colours in the cookie `theme`; anything but light and dark means: as the system says."""
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    answer = redirect(to if safe else "home")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
