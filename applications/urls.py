"""The addresses of the pages about applications and requests."""

from django.urls import path

app_name = "applications"
urlpatterns: list = []
