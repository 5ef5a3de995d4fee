"""The API of the clients as a whole: its two routers, and errors that are a sentence."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from applications.client_api.content import router as content
from applications.client_api.requests import router as requests
from devices.client_api.api import ApiError, DeviceSecret
from devices.client_api.api import router as device
from devices.models import Device

api = NinjaAPI(
    title="Koppel client API",
    version="1",
    urls_namespace="client",
    auth=DeviceSecret(),
    docs_url=None,
    openapi_url=None,
)
api.add_router("", device)
api.add_router("", requests)
api.add_router("", content)


@api.exception_handler(ApiError)
def refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    return _answer(request, error.status_code, error.code, str(error))


@api.exception_handler(AuthenticationError)
def unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _answer(request, 401, "unauthorized", "The secret is missing or not known; enrol this device again.")


@api.exception_handler(IntegrityError)
def overtaken(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    """What it speaks of was deleted between two looks: nothing is written, and the next time that is seen at once."""
    device = getattr(request, "auth", None)
    if device and not Device.objects.filter(pk=device.pk).exists():
        return unauthorized(request, AuthenticationError())
    return _answer(request, 429, "overtaken", "What this is about changed at this moment; say it again.")


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Names the fields and what is wrong with them, and never repeats what was sent: it may be secret."""
    faults = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'] if part not in ('body', 'payload'))}: {fault['msg']}"
        for fault in error.errors[:5]
    )
    return _answer(request, 422, "invalid", f"The message does not fit the protocol: {faults}.")


@api.exception_handler(HttpError)
def not_understood(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What is no JSON, for example."""
    return _answer(request, error.status_code, "invalid", "The message does not fit the protocol.")


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _answer(request, 413, "too_large", "The message is larger than 1 MB.")


def _answer(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    return api.create_response(request, {"detail": sentence, "code": code}, status=status)
