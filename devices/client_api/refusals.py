"""Gives every refusal of the client API a code, also what Django itself refuses before the API is asked."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

DOOR = "/client/v1/"
# Of these three a client must not conclude anything about a request of its own: it tries again later.
CODES = {
    400: ("bad_request", "The console did not understand this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The message is too large."),
}


class CodedMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not request.path.startswith(DOOR) or not 400 <= answer.status_code < 500:
            return answer
        if answer.headers.get("Content-Type", "").startswith("application/json") and b'"code"' in answer.content:
            return answer
        code, sentence = CODES.get(answer.status_code, ("refused", "The console refuses this."))
        coded = JsonResponse({"detail": sentence, "code": code}, status=answer.status_code)
        if "Allow" in answer.headers:
            coded.headers["Allow"] = answer.headers["Allow"]
        return coded
