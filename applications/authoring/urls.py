"""The addresses of the pages on which applications, groups and deployments are written."""

from django.urls import path

from applications.authoring import applications, deployment_types, deployments, groups

urlpatterns = [
    path("applications/", applications.ApplicationList.as_view(), name="list"),
    path("applications/export", applications.ApplicationListExport.as_view(), name="list_export"),
    path("applications/new", applications.create, name="create"),
    path("applications/<int:pk>/", applications.application, name="detail"),
    path("applications/<int:pk>/edit", applications.edit, name="edit"),
    path("applications/<int:pk>/delete", applications.delete, name="delete"),
    path("applications/<int:pk>/types/new", deployment_types.create, name="type_create"),
    path("applications/<int:pk>/types/<int:type_pk>/edit", deployment_types.edit, name="type_edit"),
    path("applications/<int:pk>/types/<int:type_pk>/delete", deployment_types.delete, name="type_delete"),
    path("application-groups/", groups.GroupList.as_view(), name="groups"),
    path("application-groups/export", groups.GroupListExport.as_view(), name="groups_export"),
    path("application-groups/new", groups.create, name="group_create"),
    path("application-groups/<int:pk>/", groups.group, name="group"),
    path("application-groups/<int:pk>/edit", groups.edit, name="group_edit"),
    path("application-groups/<int:pk>/delete", groups.delete, name="group_delete"),
    path("deployments/", deployments.DeploymentList.as_view(), name="deployments"),
    path("deployments/export", deployments.DeploymentExport.as_view(), name="deployments_export"),
    path("deployments/new", deployments.create, name="deployment_create"),
    path("deployments/<int:pk>/", deployments.deployment, name="deployment"),
    path("deployments/<int:pk>/edit", deployments.edit, name="deployment_edit"),
    path("deployments/<int:pk>/delete", deployments.delete, name="deployment_delete"),
]
