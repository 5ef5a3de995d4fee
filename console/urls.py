"""Every address of the console begins here."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.i18n import set_language

from console import views
from console.client_api import api
from devices.client_file import client_file

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", views.SignIn.as_view(), name="signin"),
    path("sign-out", LogoutView.as_view(), name="signout"),
    path("password", views.Password.as_view(), name="password"),
    path("theme", views.theme, name="theme"),
    path("language", set_language, name="set_language"),
    path("client/v1/", api.urls),
    path("client/koppel-client.pyz", client_file, name="client_file"),
    path("", include("devices.urls")),
    path("", include("applications.urls")),
    path("admin/", admin.site.urls),
]
