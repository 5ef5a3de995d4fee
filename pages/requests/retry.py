"""Retry what failed: a plan with a number for each reason; confirmed, a request for each that is possible."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from applications.models.request import RequestQuerySet
from applications.requests.again import MAX_AT_ONCE, ask_again, failed, plan
from applications.wording.sentences import refusal
from audit.log import address_of
from devices.access.permissions import APPROVE, READ_APPLICATION, READ_COLLECTION
from devices.access.rights import require
from pages.device_applications.confirmation import ReasonForm
from pages.requests.filters import RequestFilter
from pages.requests.views import PASSING, identifier, requests_in_sight
from ui.address import changed

MAX_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: HttpRequest) -> HttpResponse:
    """The failed ones of a view, which is in the address; the form sends back exactly those that it showed."""
    require(request.user, READ_COLLECTION, READ_APPLICATION, APPROVE)
    back = reverse("applications:requests") + changed(request.GET, *PASSING)
    if request.method == "POST":
        return _ask(request, back)
    rows = list(_failed_ones(_view(request))[: MAX_AT_ONCE + 1])
    if not rows:
        messages.info(request, _("Nothing in this view has failed and was not asked for again."))
        return redirect(back)
    made = plan(request.user, rows[:MAX_AT_ONCE], timezone.now())
    why = Counter(refusal(refused.verdict) for _request, refused in made.refused)
    context = {
        "plan": made,
        "shown": made.possible[:MAX_SHOWN],
        "reasons": why.most_common(),
        "refused": made.refused[:MAX_SHOWN],
        "more": len(rows) > MAX_AT_ONCE,
        "most": MAX_AT_ONCE,
        "form": ReasonForm(),
        "back": back,
    }
    return render(request, "requests/retry.html", context)


def _ask(request: HttpRequest, back: str) -> HttpResponse:
    given = request.POST.getlist("id")
    ids = [pk for pk in map(identifier, given) if pk]
    form = ReasonForm(request.POST)
    if not len(ids) == len(given) <= MAX_AT_ONCE:
        raise BadRequest(_("At most %(most)s requests at once, by their numbers.") % {"most": MAX_AT_ONCE})
    if not form.is_valid():
        raise BadRequest(" ".join(map(str, form.errors["comment"])))
    rows = _failed_ones(requests_in_sight(request.user).filter(pk__in=ids))
    about = {"comment": form.cleaned_data["comment"], "address": address_of(request)}
    answers = ask_again(request.user, rows, now=timezone.now(), **about)
    made, refused = len(answers.made), len(answers.refused)
    if made:
        text = ngettext("%(count)d request made.", "%(count)d requests made.", made)
        messages.success(request, text % {"count": made})
    if refused:
        text = ngettext("%(count)d was not possible.", "%(count)d were not possible.", refused)
        messages.warning(request, text % {"count": refused})
    if left := len(ids) - made - refused:
        text = ngettext(
            "%(count)d was asked for by somebody meanwhile.", "%(count)d were asked for by somebody meanwhile.", left
        )
        messages.info(request, text % {"count": left})
    return redirect(reverse("applications:requests") + changed(request.GET, *PASSING, state="open"))


def _view(request: HttpRequest) -> RequestQuerySet:
    """What the list shows, whatever state is chosen there."""
    query = request.GET.copy()
    query.pop("state", None)
    filterset = RequestFilter(query, requests_in_sight(request.user), request=request)
    found: RequestQuerySet = filterset.qs
    return found


def _failed_ones(requests: RequestQuerySet) -> RequestQuerySet:
    rows: Any = failed(requests).select_related("device__site", "application", "target", "person")
    return rows.order_by("application__name", "device__name", "pk")
