"""The addresses of the pages about devices."""

from django.urls import path

from devices.views.devices import DeviceExport, DeviceList
from devices.views.enrol import enrol

app_name = "devices"
urlpatterns = [
    path("devices/", DeviceList.as_view(), name="list"),
    path("devices/export/", DeviceExport.as_view(), name="export"),
    path("devices/enrol/", enrol, name="enrol"),
]
