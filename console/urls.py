"""Every address of the console begins here: the pages, and the door for devices."""

from django.urls import include, path

from applications.client_api.api import api
from devices.client_api.download import client_file

handler400 = "pages.errors.bad_request"
urlpatterns = [
    path("", include("pages.urls")),
    path("client/v1/", api.urls),
    path("client/koppel-client.pyz", client_file, name="client_file"),
]
