"""The addresses of the audit log."""

from django.urls import path

from console.auditlog.views import AuditExport, AuditLog

app_name = "console"
urlpatterns = [
    path("audit/", AuditLog.as_view(), name="audit"),
    path("audit/export/", AuditExport.as_view(), name="audit_export"),
]
