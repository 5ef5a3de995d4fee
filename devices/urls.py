"""The addresses of the pages about devices."""

from django.urls import path

from devices.views.device import device_collections, overview
from devices.views.devices import DeviceExport, DeviceList
from devices.views.enrol import enrol

app_name = "devices"
urlpatterns = [
    path("devices/", DeviceList.as_view(), name="list"),
    path("devices/export/", DeviceExport.as_view(), name="export"),
    path("devices/enrol/", enrol, name="enrol"),
    path("devices/<int:pk>/", overview, name="overview"),
    path("devices/<int:pk>/collections/", device_collections, name="device_collections"),
]
