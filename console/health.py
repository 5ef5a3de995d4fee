"""Is the console able to work (/healthz), and is everything of it at work (/readyz)?"""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from applications.requests.upkeep import upkeep


class HealthMiddleware:
    """Stands before everything else: whoever asks from inside knows neither the public host name nor https."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = VIEWS.get(request.path)
        return view(request) if view else self.get_response(request)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponseBase:
    """200 while the database answers, 503 when it does not. Redis is not asked: the console works on without it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponseBase:
    """503 too when the last sweep is too long ago: no worker runs, or no beat. Pages work on, so nothing is to be taken
    from a load balancer; somebody has to look."""
    try:
        now = upkeep(timezone.now())
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    facts = {"database": "ok", "last_sweep": now.last.isoformat() if now.last else None}
    return JsonResponse({"status": "late" if now.late else "ok", **facts}, status=503 if now.late else 200)


VIEWS = {"/healthz": healthz, "/readyz": readyz}
