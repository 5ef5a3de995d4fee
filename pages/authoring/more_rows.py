"""More rows in a form without script: a button that sends the form back with some more empty rows, unsaved."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

MORE = 3


def more_rows(request: HttpRequest, prefix: str) -> QueryDict:
    """What was sent; with more rows when that was what was asked for."""
    if "more" not in request.POST:
        return request.POST
    data = request.POST.copy()
    total = f"{prefix}-TOTAL_FORMS"
    number = data.get(total, "")
    if number.isascii() and number.isdigit() and len(number) < 4:
        data[total] = str(int(number) + MORE)
    return data
