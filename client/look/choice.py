"""Which deployment type of an application counts on this machine: the one installed, else the first that may be."""

from __future__ import annotations

from typing import Any, NamedTuple

from client.details import Code, Detail, detail
from client.look import requirements
from client.look.detection import Detection, detect
from client.platforms import Account, PersonAbsent, here, own_account


class Choice(NamedTuple):
    """`reason` and `detail` tell why there is none; `unmet` what keeps the chosen one from being installed."""

    deployment_type: dict[str, Any] | None = None
    account: Account | None = None
    detection: Detection | None = None
    unmet: Detail | None = None
    reason: str = ""
    detail: Detail | None = None


def choose(deployment_types: list[dict[str, Any]], person: str | None) -> Choice:
    """Look at the deployment types in their order; nothing is changed on the machine."""
    platform = here.facts()["platform"]
    fitting = [kind for kind in deployment_types if kind["platform"] in (platform, "any")]
    if not fitting:
        return Choice(reason="no_deployment_type", detail=detail(Code.NO_DEPLOYMENT_TYPE, platform=platform))
    choices: list[Choice] = []
    absent: Detail | None = None
    for kind in fitting:
        try:
            account = account_for(kind, person)
        except PersonAbsent as error:
            absent = absent or error.detail
            continue
        choices.append(Choice(kind, account, detect(kind["detection"], account)))
    if not choices:
        return Choice(reason="person_absent", detail=absent)
    found = [choice for choice in choices if choice.detection and choice.detection.state == "installed"]
    first = None
    for choice in found or choices:
        choice = choice._replace(unmet=_unmet(choice))
        if found or not choice.unmet:
            return choice
        first = first or choice
    return first or choices[0]


def account_for(deployment_type: dict[str, Any], person: str | None) -> Account:
    """On whose behalf a deployment type runs."""
    if deployment_type["run_as"] != "person":
        return own_account()
    if not person:
        raise PersonAbsent(detail(Code.NO_PERSON))
    return here.account(person)


def _unmet(choice: Choice) -> Detail | None:
    assert choice.deployment_type is not None
    assert choice.account is not None
    return requirements.unmet(choice.deployment_type["requirements"], choice.account)
