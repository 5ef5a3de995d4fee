"""Writes down how a request ended: the only place that knows what a client's result changes (R7, R9)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from applications.models import Application, DeploymentType, Order, Report, Request, RequestStep, Revision
from applications.requests.schemas import ResultIn, StepIn
from applications.requests.transitions import Closed, Unknown, Verb, move, touch, write_audit, write_history
from applications.rules import returncodes
from applications.rules.lifecycle import CLOSED, MOVES
from applications.rules.settle import found_after_request
from applications.rules.status import PRESENT
from applications.rules.words import INSTALLING_ACTIONS
from applications.status.in_place import chains, newest
from applications.status.steps import Steps
from devices.models import Device

OUTPUT_KEPT = 4000  # characters, the last ones


class Foreign(Exception):
    """The message speaks of an application that has no place in it."""


def finish(device: Device, request_id: UUID, result: ResultIn, now: datetime, *, address: str | None = None) -> str:
    """All that the result of a request changes, in one transaction: the request and its history, the audit log, what
    ran, what was found, a restart that the device waits for. The state; the same result again changes nothing.

    Raises `Unknown` (not a request of this device), `Foreign` (a step about another application) and `Closed` (it is
    finished with another result, or was never confirmed).
    """
    digest = hashlib.sha256(result.model_dump_json().encode()).hexdigest()
    rows = Request.objects.filter(pk=request_id, device=device)
    request = rows.select_related("device", "target", "person").first()
    if request is None:
        raise Unknown
    if request.state in CLOSED and request.result_digest == digest:
        return request.state
    applications = _applications(request)
    if any(step.application not in applications for step in result.steps):
        raise Foreign
    verb = "succeed" if result.outcome == "succeeded" else "fail"
    facts = _facts_of(result, device.platform)
    reason, not_begun = result.reason, _not_begun(request, result)
    if not_begun:
        reason, facts = "dependency_failed", {**facts, "application": str(not_begun[1])}
    outcome = {"reason": reason, "facts": facts, "result_digest": digest}
    blank = {"percent": None, "phase": "", "progress_text": "", "progress_detail": None}
    with transaction.atomic():
        if not move([request.pk], verb, device, finished_at=now, **blank, **outcome):
            now_there = Request.objects.filter(pk=request.pk).values_list("state", "result_digest").first()
            if now_there is None:  # its device was deleted at this moment
                raise Unknown
            state, known = now_there
            if state in CLOSED and known == digest:  # the same message came twice at the same moment
                return str(state)
            raise Closed(state)
        request.state = MOVES[verb][1]
        write_history([request], request.state, now, reason, facts, actor=device.name)
        told = {"exit_code": facts["exit_code"]} if "exit_code" in facts else {}
        told |= {"outcome": str(request.state), "reason": reason}
        write_audit(Verb.FINISHED, [request], now, actor=device.name, address=address, **told)
        _write_steps(request, result)
        for step in result.steps:
            _write_report(request, step, succeeded=step.reason in SUCCESS, now=now)
        if not_begun:
            _write_not_begun(request, not_begun[0], facts, now)
        if result.restart_pending and device.restart_pending_since is None:
            Device.objects.filter(pk=device.pk, restart_pending_since__isnull=True).update(restart_pending_since=now)
        touch([device.pk])
    return request.state


# Reasons of a step with which an action succeeded.
SUCCESS = frozenset({"", "already_installed", "already_absent", "not_needed", "settled", "despite_exit_code"})


def _applications(request: Request) -> set[int]:
    """What the request may be about: of a group its members, and what supersedes them; what goes before; and what was
    signed, should it have been changed since."""
    parts = _parts(request)
    parts += [each for chain in chains(parts).values() for each in chain]
    ordered = Order.objects.filter(request=request).values_list("revisions", flat=True).first() or []
    signed = Revision.objects.filter(pk__in=ordered).values_list("application", flat=True)
    return Steps(parts).everything | {part.pk for part in parts} | set(signed)


def _parts(request: Request) -> list[Application]:
    if not request.target.is_group:
        return [request.target]
    return [place.application for place in request.target.group_members.select_related("application")]


def _facts_of(result: ResultIn, platform: str) -> dict[str, Any]:
    """What fills the sentence of the result's reason: that of its first step that ended so."""
    step = next((step for step in result.steps if step.reason == result.reason), None)
    return _facts_of_step(step, platform) if step else {}


def _facts_of_step(step: StepIn, platform: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"detail": step.detail.model_dump(mode="json")} if step.detail else {}
    if step.exit_code is not None:
        facts |= {"exit_code": step.exit_code, "platform": platform}
        if meaning := returncodes.known(step.exit_code, platform):
            facts["meaning"] = meaning
    return facts


def _write_steps(request: Request, result: ResultIn) -> None:
    used = [step.deployment_type for step in result.steps if step.deployment_type]
    names = dict(DeploymentType.objects.filter(pk__in=used).values_list("pk", "name"))
    RequestStep.objects.bulk_create(
        RequestStep(
            request=request,
            application_id=step.application,
            position=position,
            revision=step.revision,
            action=step.action,
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


def write_refusal(request: Request, facts: dict[str, Any], now: datetime) -> None:
    """An installation that the device refused has failed; whatever else was asked leaves what is there as it is."""
    if request.action not in INSTALLING_ACTIONS:
        return
    report = _report(request, request.target_id)
    report.found = found_after_request(report.found, request.action, "", False, None, restart=False)
    report.reason, report.facts, report.reported_at = "device_refused", facts, now
    report.save()


def _not_begun(request: Request, result: ResultIn) -> tuple[Application, Application] | None:
    """What was asked for and did not even begin, and what goes before it and failed; usually nothing."""
    if request.action not in INSTALLING_ACTIONS or not result.steps or result.steps[-1].reason in SUCCESS:
        return None
    parts = _parts(request)
    following = newest(parts)
    wanted = [following.get(each.pk, each) for each in parts]
    failed = result.steps[-1].application
    done = {step.application for step in result.steps}
    waiting = next((each for each in wanted if each.pk not in done), None)
    if waiting is None or failed in {each.pk for each in wanted}:
        return None
    return waiting, Application.objects.get(pk=failed)


def _write_not_begun(request: Request, waiting: Application, facts: dict[str, Any], now: datetime) -> None:
    report = _report(request, waiting.pk)
    if report.found not in PRESENT:
        report.found = Report.Found.FAILED
    report.reason, report.facts, report.reported_at = "dependency_failed", facts, now
    report.save()


def _report(request: Request, application_id: int) -> Report:
    """The one that there is, or a new one that is not saved."""
    about = {"device": request.device, "application_id": application_id, "person": request.person}
    return Report.objects.filter(**about).first() or Report(**about, found="", facts={})


def _write_report(request: Request, step: StepIn, *, succeeded: bool, now: datetime) -> None:
    report = _report(request, step.application)
    restart = step.meaning in ("restart", "restart_started")
    before, action = report.found, step.action or request.action
    report.found = found_after_request(before, action, step.reason, succeeded, step.detected, restart)
    report.reason, report.facts = step.reason, _facts_of_step(step, request.device.platform)
    if report.found == "restart_pending" and succeeded:
        report.reason = "restart"
    report.version = step.version if step.detected == "installed" else ""
    report.ever_installed = report.ever_installed or "installed" in (step.detected, step.detected_before)
    installed = step.detected == "installed"
    brought = action in INSTALLING_ACTIONS and (step.ran or step.reason == "settled")
    report.by_koppel = installed and (report.by_koppel or brought)
    report.reported_at = now
    report.save()
