"""What a browser is told when the console does not understand what it sent."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Status 400; with the sentence of a `BadRequest` of our own, and of nothing else."""
    sentence = str(exception) if type(exception) is BadRequest else ""
    return HttpResponse(render_to_string("400.html", {"sentence": sentence}), status=400)
