"""What every page class has in common: it asks first whether it may be opened, and no cache keeps it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.views.generic import View


class Page(View):
    """The base of lists, live pages and their exports."""

    varies_on: tuple[str, ...] = ()  # headers of the request that make another answer

    def check_access(self) -> None:
        """Fetch what the page is about. Raises Http404 for what is out of sight, PermissionDenied for what is not
        permitted; called before everything else."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_access()
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, self.varies_on)
        return response
