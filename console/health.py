"""Is the console able to work? Asked by the supervisor, by load balancers and by containers, at /healthz."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PATH = "/healthz"


class HealthMiddleware:
    """Stands before everything else: whoever asks from inside knows neither the public host name nor https."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return healthz(request) if request.path == PATH else self.get_response(request)


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
