"""Writes down what a client finds outside requests, by its evaluation of what is deployed (R7, R9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from applications.models import Report, Request
from applications.policy.policy import policy_of
from applications.requests.schemas import FindingIn
from applications.rules.settle import found_after_evaluation
from devices.models import Device


def evaluate(device: Device, findings: Iterable[FindingIn], now: datetime) -> None:
    """Write down what detection finds outside requests: a removal or an installation by somebody else shows."""
    found = {finding.application: finding for finding in findings}
    # What was never reported must be in the device's policy: from now on the policy tells how it is installed.
    known = set(Report.objects.filter(device=device, application__in=found).values_list("application", flat=True))
    if found.keys() - known:
        known |= policy_of(device).applications
    found = {pk: finding for pk, finding in found.items() if pk in known}
    with transaction.atomic():
        restart = Device.objects.filter(pk=device.pk, restart_pending_since__isnull=False).exists()
        # What is being worked on is not judged now: the result of the request follows.
        busy = set(Request.objects.open().filter(device=device).values_list("target_id", flat=True))
        reports = {
            report.application_id: report
            for report in Report.objects.filter(device=device, application__in=found).order_by("reported_at")
        }
        changed = False
        for application, finding in found.items():
            if application in busy:
                continue
            report = reports.get(application)
            if report is None and finding.detected != "installed" and not finding.requirement:
                continue  # never been there: nothing to write down
            report = report or Report(device=device, application_id=application, found="", facts={})
            before = report.found
            after = found_after_evaluation(before, finding.detected, bool(finding.requirement), restart)
            if after == before and report.version == finding.version:
                continue
            _note_outside(report, finding, before, after, now)
            report.found, report.version, report.reported_at = after, finding.version, now
            report.ever_installed = report.ever_installed or finding.detected == "installed"
            report.by_koppel = report.by_koppel and finding.detected != "not_installed"
            report.save()
            changed = True
        if changed:
            Device.objects.filter(pk=device.pk).update(revision=F("revision") + 1)


def _note_outside(report: Report, finding: FindingIn, before: str, after: str, now: datetime) -> None:
    if after == before:
        return
    report.reason, report.facts = "", {}
    if after == "requirements_not_met":
        report.reason, report.facts = "requirements_not_met", _facts_of_requirement(finding)
    elif after == "not_installed" and before in ("installed", "restart_pending"):
        report.reason, report.facts = "removed_outside", {"at": now.isoformat()}
    elif after == "installed" and before == "failed":  # its installation ended before what it had started
        report.reason, report.facts, report.by_koppel = "found_late", {"at": now.isoformat()}, True
    elif after == "installed" and before == "not_installed":
        report.reason, report.facts = "found_outside", {"at": now.isoformat()}


def _facts_of_requirement(finding: FindingIn) -> dict[str, Any]:
    return {"detail": finding.requirement.model_dump(mode="json")} if finding.requirement else {}
