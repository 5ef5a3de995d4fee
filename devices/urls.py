"""The addresses of the pages about devices."""

from django.urls import path

from devices.pages import collection_edit, collections, device_edit, people, people_import, primary, roles, sites, users
from devices.views.device import device_collections, overview
from devices.views.devices import DeviceExport, DeviceList, live
from devices.views.enrol import enrol

app_name = "devices"
urlpatterns = [
    path("devices/", DeviceList.as_view(), name="list"),
    path("devices/live/", live, name="live"),
    path("devices/export/", DeviceExport.as_view(), name="export"),
    path("devices/enrol/", enrol, name="enrol"),
    path("devices/<int:pk>/", overview, name="overview"),
    path("devices/<int:pk>/collections/", device_collections, name="device_collections"),
    path("devices/<int:pk>/edit/", device_edit.edit_device, name="edit"),
    path("devices/<int:pk>/delete/", device_edit.delete_device, name="delete"),
    path("collections/", collections.CollectionList.as_view(), name="collections"),
    path("collections/add/<slug:kind>/", collection_edit.add_collection, name="collection_add"),
    path("collections/<int:pk>/", collections.CollectionMembers.as_view(), name="collection"),
    path("collections/<int:pk>/edit/", collection_edit.edit_collection, name="collection_edit"),
    path("collections/<int:pk>/delete/", collection_edit.delete_collection, name="collection_delete"),
    path("persons/", people.PersonList.as_view(), name="people"),
    path("persons/add/", people.add_person, name="person_add"),
    path("persons/import/", people_import.import_people, name="people_import"),
    path("persons/import-primary-users/", primary.import_primary_users, name="primary_import"),
    path("persons/<int:pk>/", people.person, name="person"),
    path("persons/<int:pk>/edit/", people.edit_person, name="person_edit"),
    path("persons/<int:pk>/delete/", people.delete_person, name="person_delete"),
    path("sites/", sites.SiteList.as_view(), name="sites"),
    path("sites/add/", sites.add_site, name="site_add"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/edit/", sites.edit_site, name="site_edit"),
    path("sites/<int:pk>/delete/", sites.delete_site, name="site_delete"),
    path("roles/", roles.roles, name="roles"),
    path("roles/add/", roles.add_role, name="role_add"),
    path("roles/<int:pk>/", roles.role, name="role"),
    path("roles/<int:pk>/delete/", roles.delete_role, name="role_delete"),
    path("users/", users.UserList.as_view(), name="users"),
    path("users/add/", users.add_user, name="user_add"),
    path("users/<int:pk>/", users.edit_user, name="user"),
    path("users/<int:pk>/password/", users.password, name="user_password"),
]
