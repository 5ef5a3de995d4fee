"""The addresses of the pages about applications and requests."""

from django.urls import include, path

from applications.views.act import act, cancel
from applications.views.device import ApplicationExport, DeviceApplications
from applications.views.device_requests import DeviceRequests
from applications.views.live import live
from applications.views.one_request import live as request_live
from applications.views.one_request import one_request
from applications.views.requests import RequestExport, RequestList
from applications.views.requests import live as requests_live

app_name = "applications"
urlpatterns = [
    path("devices/<int:pk>/applications/", DeviceApplications.as_view(), name="device"),
    path("devices/<int:pk>/applications/act", act, name="act"),
    path("devices/<int:pk>/applications/live", live, name="live"),
    path("devices/<int:pk>/applications/export", ApplicationExport.as_view(), name="export"),
    path("devices/<int:pk>/requests/", DeviceRequests.as_view(), name="device_requests"),
    path("requests/", RequestList.as_view(), name="requests"),
    path("requests/export/", RequestExport.as_view(), name="requests_export"),
    path("requests/live", requests_live, name="requests_live"),
    path("requests/<uuid:pk>/", one_request, name="request"),
    path("requests/<uuid:pk>/live", request_live, name="request_live"),
    path("requests/<uuid:pk>/cancel", cancel, name="cancel"),
    path("", include("applications.authoring.urls")),
]
