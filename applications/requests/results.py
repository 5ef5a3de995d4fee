"""Writes down what a client found: the result of a request, and an evaluation of what is deployed (R7, R9)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from applications.models import DeploymentType, Report, Request, RequestStep
from applications.policy.policy import policy_of
from applications.requests import transitions
from applications.requests.from_clients import end
from applications.requests.schemas import FindingIn, ResultIn, StepIn
from applications.rules.lifecycle import CLOSED
from applications.rules.returncodes import KNOWN_CODES
from applications.rules.settle import found_after_evaluation, found_after_request
from devices.models import Device

OUTPUT_KEPT = 4000  # characters, the last ones


class Foreign(Exception):
    """The message speaks of an application that has no place in it."""


def finish(device: Device, request_id: UUID, result: ResultIn, now: datetime, *, address: str | None = None) -> str:
    """Write down how a request ended and return its state; the same result again changes nothing.

    Raises `Unknown` (not a request of this device), `Foreign` (a step about another application) and `Closed` (it is
    finished with another result, or was never confirmed).
    """
    digest = hashlib.sha256(result.model_dump_json().encode()).hexdigest()
    request = Request.objects.filter(pk=request_id, device=device).select_related("device", "target").first()
    if request is None:
        raise transitions.Unknown
    if request.state in CLOSED and request.result_digest == digest:
        return request.state
    applications = _applications(request)
    if any(step.application not in applications for step in result.steps):
        raise Foreign
    facts = _facts_of(result)
    with transaction.atomic():
        succeeded = result.outcome == "succeeded"
        told = {"reason": result.reason, "facts": facts, "result_digest": digest}
        if not end(device, request, now, succeeded=succeeded, address=address, **told):
            state, known = Request.objects.values_list("state", "result_digest").get(pk=request.pk)
            if state in CLOSED and known == digest:  # the same message came twice at the same moment
                return str(state)
            raise transitions.Closed(state)
        _write_steps(request, result)
        for step in result.steps:
            _write_report(request, step, succeeded=step.reason in SUCCESS, now=now)
        if result.restart_pending and device.restart_pending_since is None:
            Device.objects.filter(pk=device.pk, restart_pending_since__isnull=True).update(restart_pending_since=now)
    return request.state


# Reasons of a step with which an action succeeded.
SUCCESS = frozenset({"", "already_installed", "already_absent", "settled"})


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
    elif after == "installed" and before in ("not_installed", "failed"):
        report.reason, report.facts = "found_outside", {"at": now.isoformat()}


def _facts_of_requirement(finding: FindingIn) -> dict[str, Any]:
    return {"detail": finding.requirement.model_dump(mode="json")} if finding.requirement else {}


def _applications(request: Request) -> set[int]:
    if request.target.is_group:
        return set(request.target.group_members.values_list("application_id", flat=True))
    return {request.target_id}


def _facts_of(result: ResultIn) -> dict[str, Any]:
    """What fills the sentence of the result's reason: that of its first step that ended so."""
    step = next((step for step in result.steps if step.reason == result.reason), None)
    return _facts_of_step(step) if step else {}


def _facts_of_step(step: StepIn) -> dict[str, Any]:
    facts: dict[str, Any] = {"detail": step.detail.model_dump(mode="json")} if step.detail else {}
    if step.exit_code is not None:
        facts["exit_code"] = step.exit_code
        if step.exit_code in KNOWN_CODES:
            facts["meaning"] = KNOWN_CODES[step.exit_code]
    return facts


def _write_steps(request: Request, result: ResultIn) -> None:
    used = [step.deployment_type for step in result.steps if step.deployment_type]
    names = dict(DeploymentType.objects.filter(pk__in=used).values_list("pk", "name"))
    RequestStep.objects.bulk_create(
        RequestStep(
            request=request,
            application_id=step.application,
            position=position,
            deployment_type=names.get(step.deployment_type or 0, ""),
            reason=step.reason,
            ran=step.ran,
            exit_code=step.exit_code,
            meaning=step.meaning,
            detected_before=step.detected_before or "",
            detected=step.detected or "",
            version=step.version,
            detail=step.detail.model_dump(mode="json") if step.detail else None,
            output=step.output[-OUTPUT_KEPT:],
        )
        for position, step in enumerate(result.steps)
    )


def _write_report(request: Request, step: StepIn, *, succeeded: bool, now: datetime) -> None:
    about = {"device": request.device, "application_id": step.application, "person": request.person}
    report = Report.objects.filter(**about).first() or Report(**about, found="", facts={})
    restart = step.meaning in ("restart", "restart_started")
    before = report.found
    report.found = found_after_request(before, request.action, step.reason, succeeded, step.detected, restart)
    report.reason, report.facts = step.reason, _facts_of_step(step)
    if report.found == "restart_pending" and succeeded:
        report.reason = "restart"
    report.version = step.version if step.detected == "installed" else ""
    report.ever_installed = report.ever_installed or "installed" in (step.detected, step.detected_before)
    report.reported_at = now
    report.save()
