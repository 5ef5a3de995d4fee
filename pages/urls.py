"""The address of every page; `dangerous` stands around those that ask for a proof of identity once more."""

from collections.abc import Callable
from typing import Any

from django.urls import include, path
from django.views.i18n import set_language

from pages.account import confirm, password, second_factors, security
from pages.applications import views as applications
from pages.applications.delete import DeleteApplication
from pages.applications.signature import signature
from pages.audit_log import views as audit_log
from pages.collections import edit as collection_edit
from pages.collections import views as collections
from pages.collections.delete import DeleteCollection
from pages.deployment_types import upload
from pages.deployment_types import views as deployment_types
from pages.deployment_types.delete import DeleteDeploymentType
from pages.deployments import views as deployments
from pages.deployments.delete import DeleteDeployment
from pages.device import edit as device_edit
from pages.device import enrol, overview, revoke
from pages.device.delete import DeleteDevice
from pages.device.same_machine import same_machine
from pages.device_applications import act
from pages.device_applications import live as device_applications_live
from pages.device_applications import views as device_applications
from pages.devices import views as devices
from pages.groups import views as groups
from pages.groups.delete import DeleteGroup
from pages.home import views as home
from pages.persons import import_persons, import_primary_users
from pages.persons import views as persons
from pages.persons.delete import DeletePerson
from pages.requests import detail as request
from pages.requests import of_device as device_requests
from pages.requests import views as requests
from pages.requests.retry import retry
from pages.roles import views as roles
from pages.roles.delete import DeleteRole
from pages.sign_in import second_step
from pages.sign_in import views as sign_in
from pages.sign_in.middleware import login_not_required, role_not_required
from pages.sign_in.provider import views as provider
from pages.sign_in.sessions.confirmation import dangerous
from pages.sites import views as sites
from pages.sites.delete import DeleteSite
from pages.users import views as users


def own_danger(view: Callable[..., Any]) -> Callable[..., Any]:
    """Of one's own account, whatever the role."""
    return dangerous(role_not_required(view))


DEVICES = [
    path("devices/", devices.DeviceList.as_view(), name="list"),
    path("devices/live/", devices.DeviceListLive.as_view(), name="live"),
    path("devices/export/", devices.DeviceExport.as_view(), name="export"),
    path("devices/enrol/", enrol.enrol, name="enrol"),
    path("devices/<int:pk>/", overview.overview, name="overview"),
    path("devices/<int:pk>/collections/", overview.device_collections, name="device_collections"),
    path("devices/<int:pk>/edit/", device_edit.edit_device, name="edit"),
    path("devices/enrol/<int:pk>/withdraw", enrol.withdraw, name="token_withdraw"),
    path("devices/<int:pk>/revoke/", dangerous(revoke.revoke_device), name="revoke"),
    path("devices/<int:pk>/same-machine/", same_machine, name="same_machine"),
    path("devices/<int:pk>/enrol/", dangerous(enrol.enrol_again), name="enrol_again"),
    path("devices/<int:pk>/delete/", DeleteDevice.as_view(), name="delete"),
    path("collections/", collections.CollectionList.as_view(), name="collections"),
    path("collections/add/<slug:kind>/", collection_edit.add_collection, name="collection_add"),
    path("collections/<int:pk>/", collections.CollectionMembers.as_view(), name="collection"),
    path("collections/<int:pk>/edit/", collection_edit.edit_collection, name="collection_edit"),
    path("collections/<int:pk>/delete/", DeleteCollection.as_view(), name="collection_delete"),
    path("persons/", persons.PersonList.as_view(), name="people"),
    path("persons/add/", persons.add_person, name="person_add"),
    path("persons/import/", import_persons.import_people, name="people_import"),
    path("persons/import-primary-users/", import_primary_users.import_primary_users, name="primary_import"),
    path("persons/<int:pk>/", persons.person, name="person"),
    path("persons/<int:pk>/edit/", persons.edit_person, name="person_edit"),
    path("persons/<int:pk>/delete/", DeletePerson.as_view(), name="person_delete"),
    path("sites/", sites.SiteList.as_view(), name="sites"),
    path("sites/add/", sites.add_site, name="site_add"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("sites/<int:pk>/edit/", sites.edit_site, name="site_edit"),
    path("sites/<int:pk>/delete/", DeleteSite.as_view(), name="site_delete"),
    path("roles/", roles.roles, name="roles"),
    path("roles/add/", dangerous(roles.add_role), name="role_add"),
    path("roles/<int:pk>/", dangerous(roles.role), name="role"),
    path("roles/<int:pk>/delete/", dangerous(DeleteRole.as_view()), name="role_delete"),
    path("users/", users.UserList.as_view(), name="users"),
    path("users/add/", dangerous(users.add_user), name="user_add"),
    path("users/<int:pk>/", dangerous(users.edit_user), name="user"),
    path("users/<int:pk>/second-factor/", dangerous(users.remove_second_factor), name="user_second_factor"),
    path("users/<int:pk>/password/", dangerous(users.password), name="user_password"),
]
APPLICATIONS = [
    path("devices/<int:pk>/applications/", device_applications.DeviceApplications.as_view(), name="device"),
    path("devices/<int:pk>/applications/act", act.act, name="act"),
    path("devices/<int:pk>/applications/live", device_applications_live.DeviceApplicationsLive.as_view(), name="live"),
    path("devices/<int:pk>/applications/export", device_applications.ApplicationExport.as_view(), name="export"),
    path("devices/<int:pk>/requests/", device_requests.DeviceRequests.as_view(), name="device_requests"),
    path("requests/", requests.RequestList.as_view(), name="requests"),
    path("requests/export/", requests.RequestExport.as_view(), name="requests_export"),
    path("requests/live", requests.RequestListLive.as_view(), name="requests_live"),
    path("requests/retry", retry, name="requests_retry"),
    path("requests/<uuid:pk>/", request.OneRequest.as_view(), name="request"),
    path("requests/<uuid:pk>/live", request.OneRequestLive.as_view(), name="request_live"),
    path("requests/<uuid:pk>/cancel", act.cancel, name="cancel"),
    path("applications/", applications.ApplicationList.as_view(), name="list"),
    path("applications/export", applications.ApplicationListExport.as_view(), name="list_export"),
    path("applications/new", applications.create, name="create"),
    path("applications/<int:pk>/", applications.application, name="detail"),
    path("applications/<int:pk>/edit", applications.edit, name="edit"),
    path("applications/<int:pk>/signature", signature, name="signature"),
    path("applications/<int:pk>/delete", DeleteApplication.as_view(), name="delete"),
    path("applications/<int:pk>/types/new", deployment_types.create, name="type_create"),
    path("applications/<int:pk>/types/<int:type_pk>/edit", deployment_types.edit, name="type_edit"),
    path("applications/<int:pk>/types/<int:type_pk>/delete", DeleteDeploymentType.as_view(), name="type_delete"),
    path("applications/from-file", deployment_types.create_from_file, name="create_from_file"),
    path("uploads/", upload.begin, name="upload"),
    path("uploads/<uuid:pk>", upload.piece, name="upload_piece"),
    path("application-groups/", groups.GroupList.as_view(), name="groups"),
    path("application-groups/export", groups.GroupListExport.as_view(), name="groups_export"),
    path("application-groups/new", groups.create, name="group_create"),
    path("application-groups/<int:pk>/", groups.group, name="group"),
    path("application-groups/<int:pk>/edit", groups.edit, name="group_edit"),
    path("application-groups/<int:pk>/signature", signature, {"is_group": True}, name="group_signature"),
    path("application-groups/<int:pk>/delete", DeleteGroup.as_view(), name="group_delete"),
    path("deployments/", deployments.DeploymentList.as_view(), name="deployments"),
    path("deployments/export", deployments.DeploymentExport.as_view(), name="deployments_export"),
    path("deployments/new", deployments.create, name="deployment_create"),
    path("deployments/<int:pk>/", deployments.deployment, name="deployment"),
    path("deployments/<int:pk>/edit", deployments.edit, name="deployment_edit"),
    path("deployments/<int:pk>/delete", DeleteDeployment.as_view(), name="deployment_delete"),
]
MONITOR = [
    path("audit/", audit_log.AuditLog.as_view(), name="audit"),
    path("audit/export/", audit_log.AuditExport.as_view(), name="audit_export"),
]
urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("live", home.HomeLive.as_view(), name="home_live"),
    path("sign-in", sign_in.SignIn.as_view(), name="signin"),
    path("sign-out", login_not_required(sign_in.SignOut.as_view()), name="signout"),
    path("sign-in/second-step", second_step.second_step, name="second_step"),
    path("sign-in/passkey", second_step.passkey_sign_in, name="passkey_sign_in"),
    path("sign-in/passkey-question", second_step.passkey_question, name="passkey_question"),
    path("sign-in/provider", provider.sign_in, name="provider_sign_in"),
    path("sign-in/provider/answer", provider.answer, name="provider_answer"),
    path("password", role_not_required(password.Password.as_view()), name="password"),
    path("confirm", role_not_required(confirm.confirm_identity), name="confirm"),
    path("confirm/provider", role_not_required(provider.confirm_identity), name="provider_confirm"),
    path("account/identity-provider/", own_danger(provider.link), name="provider_link"),
    path("account/", role_not_required(security.security), name="security"),
    path("account/sessions/end", role_not_required(security.end_session), name="session_end"),
    path("account/passkeys/options", role_not_required(second_factors.passkey_options), name="passkey_options"),
    path("account/authenticator/", own_danger(second_factors.authenticator), name="authenticator"),
    path("account/passkeys/add/", own_danger(second_factors.add_passkey), name="passkey_add"),
    path("account/second-factors/<int:pk>/remove/", own_danger(second_factors.remove), name="factor_remove"),
    path("account/recovery-codes/", own_danger(second_factors.recovery_codes), name="recovery_codes"),
    path("theme", sign_in.theme, name="theme"),
    path("language", login_not_required(set_language), name="set_language"),
    path("", include((DEVICES, "devices"))),
    path("", include((APPLICATIONS, "applications"))),
    path("", include((MONITOR, "console"))),
]
