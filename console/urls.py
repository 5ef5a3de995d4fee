"""Every address of the console begins here."""

from django.urls import include, path
from django.views.i18n import set_language

from console import views
from console.access import login_not_required, role_not_required
from console.client_api import api
from console.home import home
from console.home import live as home_live
from devices.client_file import client_file

handler400 = "console.errors.bad_request"
urlpatterns = [
    path("", home, name="home"),
    path("live", home_live, name="home_live"),
    path("sign-in", views.SignIn.as_view(), name="signin"),
    path("sign-out", login_not_required(views.SignOut.as_view()), name="signout"),
    path("password", role_not_required(views.Password.as_view()), name="password"),
    path("theme", views.theme, name="theme"),
    path("language", login_not_required(set_language), name="set_language"),
    path("client/v1/", api.urls),
    path("client/koppel-client.pyz", client_file, name="client_file"),
    path("", include("devices.urls")),
    path("", include("applications.urls")),
    path("", include("console.auditlog.urls")),
]
