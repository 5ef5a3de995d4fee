"""When an action is possible (R10, R11, R12, R13, R14): a verdict with its reason, from facts alone.

The same verdict draws the button, answers the click and is asked again when a worker is about to deliver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from applications.rules import versions
from applications.rules.reasons import Reason
from applications.rules.status import PRESENT, Status
from applications.rules.timing import is_available
from applications.rules.words import Action, JoinType, Target, Via, Way


@dataclass(frozen=True, slots=True)
class Reach:
    """One way in which an application reaches a device: a deployment, and for a person's deployment that person."""

    deployment: int
    collection: str
    target: Target
    way: Way
    person: str | None = None
    person_id: int | None = None
    via: Via | None = None
    available_from: datetime | None = None
    deadline: datetime | None = None

    @property
    def requires(self) -> bool:
        """Whether it makes the application Required here; one to a person of the past does not."""
        return self.way is Way.REQUIRED and self.via is not Via.PREVIOUS


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that decides whether an action is possible for one application on one device."""

    now: datetime
    site_version: str
    client_version: str
    online: bool
    offline_since: datetime | None = None
    queue_every_action: bool = False
    join_type: str = JoinType.NONE
    signed_in: int = 0
    reaches: tuple[Reach, ...] = ()
    status: Status = Status.AVAILABLE
    target_status: Status | None = None  # of what is really installed, when superseded
    target_name: str = ""
    open_action: str = ""
    also_required: str = ""  # collection of a Required deployment of a group with it, or of a member of it
    is_group: bool = False
    has_deployment_type: bool = True
    is_signed: bool = True  # all that would run
    unready: str = ""  # what it needs, and cannot be installed
    needed_by: str = ""  # what else is installed there and needs it
    has_uninstall: bool = False
    has_repair: bool = False
    may_approve: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed (no reason) or refused. When allowed, `reach` is the deployment by which, None when none is needed;
    `sync_policy`: the client syncs policy first; `waits`: it queues until the device is online."""

    action: Action
    reason: Reason | None = None
    details: dict[str, object] = field(default_factory=dict)
    reach: Reach | None = None
    sync_policy: bool = False
    waits: bool = False

    @property
    def allowed(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class InstallRow:
    """One row of R10."""

    target: Target
    way: Way
    sync_policy: bool
    must_be_online: bool


# R10, the most permissive first: of several deployments the first row that is possible counts.
INSTALL = (
    InstallRow(Target.DEVICE, Way.APPROVAL, sync_policy=False, must_be_online=False),
    InstallRow(Target.PERSON, Way.AVAILABLE, sync_policy=False, must_be_online=False),
    InstallRow(Target.PERSON, Way.APPROVAL, sync_policy=False, must_be_online=False),
    InstallRow(Target.DEVICE, Way.AVAILABLE, sync_policy=True, must_be_online=True),
    InstallRow(Target.DEVICE, Way.REQUIRED, sync_policy=True, must_be_online=True),
    InstallRow(Target.PERSON, Way.REQUIRED, sync_policy=True, must_be_online=True),
)
ROW_OF = {(row.target, row.way): row for row in INSTALL}

Check = tuple[Reason, Callable[[Facts], bool]]


def no_effect(site_version: str, join_type: str, is_group: bool, reach: Reach) -> Reason | None:
    """Why a deployment never takes effect on a device, whoever asks and however it comes: by a click, by policy or at a
    deadline (R12, R13, R14). How old the client is makes no difference here: that limits what can be asked of it."""
    if site_version < versions.FIRST_SITE:
        return Reason.SITE_TOO_OLD
    if is_group and not versions.lists_groups(site_version):
        return Reason.GROUP_NEEDS_SITE
    if (reach.target, reach.way) not in versions.listed_ways(site_version):
        return Reason.SITE_LISTS_ON_REQUEST_ONLY
    if reach.target is Target.PERSON and join_type == JoinType.AZURE_AD:
        return Reason.AZURE_AD_ONLY
    return None


def effective_ways(site_version: str, join_type: str) -> frozenset[versions.Reached]:
    """The same for all ways at once, as queries need it; of an application, groups have a site version of their own."""
    listed = versions.listed_ways(site_version)
    return frozenset(way for way in listed if way[0] is Target.DEVICE or join_type != JoinType.AZURE_AD)


def _offline(facts: Facts) -> bool:
    return not facts.online and not facts.queue_every_action


def _required(facts: Facts) -> bool:
    return bool(facts.also_required) or any(requires(facts, reach) for reach in facts.reaches)


def requires(facts: Facts, reach: Reach) -> bool:
    """Whether this deployment will have it installed here by itself."""
    return reach.requires and no_effect(facts.site_version, facts.join_type, facts.is_group, reach) is None


# What refuses an action whatever reaches the device; the first that fits is the reason.
ALWAYS: tuple[Check, ...] = (
    (Reason.NO_PERMISSION, lambda f: not f.may_approve),
    (Reason.SITE_TOO_OLD, lambda f: f.site_version < versions.FIRST_SITE),
    (Reason.GROUP_NEEDS_SITE, lambda f: f.is_group and not versions.lists_groups(f.site_version)),
    (Reason.NO_DEPLOYMENT_TYPE, lambda f: not f.has_deployment_type),
    (Reason.NOT_SIGNED, lambda f: not f.is_signed),
)

# What refuses the action at the click, and what still refuses it when a worker is about to deliver (R11).
# What detection finds may have changed since the click; the client looks again and says so itself.
BY_ACTION: dict[Action, tuple[Check, ...]] = {
    Action.INSTALL: ((Reason.DEPENDENCY_NOT_READY, lambda f: bool(f.unready)),),
    Action.REINSTALL: ((Reason.DEPENDENCY_NOT_READY, lambda f: bool(f.unready)),),
    Action.REEVALUATE: (),
    Action.UNINSTALL: (
        (Reason.NO_UNINSTALL_COMMAND, lambda f: not f.has_uninstall),
        (Reason.REQUIRED_DEPLOYMENT, _required),
        (Reason.STILL_NEEDED, lambda f: bool(f.needed_by)),
    ),
    Action.REPAIR: (
        (Reason.GROUP_HAS_NO_REPAIR, lambda f: f.is_group),
        (Reason.NO_REPAIR_COMMAND, lambda f: not f.has_repair),
    ),
}
AT_THE_CLICK: dict[Action, tuple[Check, ...]] = {
    Action.INSTALL: (
        (Reason.INSTALLED_ALREADY, lambda f: f.target_status is None and f.status in PRESENT),
        (Reason.SUPERSEDING_INSTALLED, lambda f: f.target_status in PRESENT),
    ),
    Action.REINSTALL: ((Reason.NEITHER_INSTALLED_NOR_FAILED, lambda f: f.status not in PRESENT | {Status.FAILED}),),
    Action.REEVALUATE: (),
    Action.UNINSTALL: ((Reason.NOT_INSTALLED, lambda f: f.status not in PRESENT),),
    Action.REPAIR: ((Reason.NOT_INSTALLED, lambda f: f.status not in PRESENT),),
}
# A deployment must reach the device for these; the others work on what is there, deployed or not.
NEEDS_DEPLOYMENT = frozenset({Action.INSTALL, Action.REINSTALL})


# Reasons that pass by themselves; of several, one that lasts is said first.
PASSING = frozenset(
    {
        Reason.REQUEST_OPEN,
        Reason.OFFLINE,
        Reason.NEVER_CONNECTED,
        Reason.INSTALLED_ALREADY,
        Reason.SUPERSEDING_INSTALLED,
        Reason.NEITHER_INSTALLED_NOR_FAILED,
        Reason.NOT_INSTALLED,
        Reason.SEVERAL_SIGNED_IN,
        Reason.NOT_YET_AVAILABLE,
    }
)


def verdict(action: Action, facts: Facts) -> Verdict:
    """Whether an administrator may ask for this action now; what lasts is said before what passes."""
    answer = verdict_at_delivery(action, facts)
    if answer.reason and answer.reason not in PASSING:
        return answer
    if facts.open_action:
        return Verdict(action, Reason.REQUEST_OPEN, {"action": facts.open_action})
    reason = _first(AT_THE_CLICK[action], facts)
    if reason:
        return _refused(action, reason, facts)
    if action is not Action.INSTALL and _offline(facts):
        return _refused(action, Reason.OFFLINE, facts)
    return answer


def verdict_at_delivery(action: Action, facts: Facts) -> Verdict:
    """Whether the request may still be delivered, to a device that is connected at this moment (R17)."""
    reason = _first(ALWAYS + BY_ACTION[action], facts)
    return _refused(action, reason, facts) if reason else _by_reach(action, facts)


def never_by_itself(facts: Facts) -> Verdict | None:
    """Why what a Required deployment asks for is never installed here by itself; None when it is, or none asks."""
    ways = [reach for reach in facts.reaches if reach.requires]
    if not ways or _required(facts):
        return None
    reason = no_effect(facts.site_version, facts.join_type, facts.is_group, ways[0])
    return _refused(Action.INSTALL, reason, facts, ways[0]) if reason else None


def waits_for_one_session(facts: Facts) -> bool:
    """Whether what would be installed by itself waits because several persons are signed in (R14, R27)."""
    ways = [reach for reach in facts.reaches if requires(facts, reach)]
    return bool(ways) and facts.signed_in > 1 and all(reach.target is Target.PERSON for reach in ways)


def verdicts(facts: Facts) -> dict[Action, Verdict]:
    """A verdict for each of the five actions."""
    return {action: verdict(action, facts) for action in Action}


def _by_reach(action: Action, facts: Facts) -> Verdict:
    """Ask each deployment that reaches the device, the most permissive first; if none allows, the first refusal that
    passes by itself, else the first."""
    refused: list[Verdict] = []
    order = list(ROW_OF)
    for reach in sorted(facts.reaches, key=lambda r: (order.index((r.target, r.way)), r.via or "", r.deployment)):
        answer = _by_one_reach(action, facts, reach)
        if answer.allowed:
            return answer
        refused.append(answer)
    if refused:
        return next((answer for answer in refused if answer.reason in PASSING), refused[0])
    if action in NEEDS_DEPLOYMENT:
        return Verdict(action, Reason.NO_DEPLOYMENT)
    if not versions.is_recent(facts.client_version):
        return _refused(action, Reason.CLIENT_TOO_OLD, facts)
    return Verdict(action, waits=not facts.online)


def _by_one_reach(action: Action, facts: Facts, reach: Reach) -> Verdict:
    matrix = versions.row_for(facts.site_version, facts.client_version)
    actions = matrix.on_request if (reach.target, reach.way) in versions.ON_REQUEST else matrix.otherwise
    row = ROW_OF[(reach.target, reach.way)]
    must_be_online = row.must_be_online if action is Action.INSTALL else True
    never = no_effect(facts.site_version, facts.join_type, facts.is_group, reach)
    if never:
        return _refused(action, never, facts, reach)
    checks: tuple[tuple[Reason, bool], ...] = (
        (Reason.CLIENT_TOO_OLD, action not in actions),
        (Reason.SEVERAL_SIGNED_IN, reach.target is Target.PERSON and facts.signed_in > 1),
        (
            Reason.NOT_YET_AVAILABLE,
            action in NEEDS_DEPLOYMENT and not is_available(reach.available_from, facts.now),
        ),
        (Reason.OFFLINE, must_be_online and _offline(facts)),
    )
    for reason, holds in checks:
        if holds:
            return _refused(action, reason, facts, reach)
    sync = row.sync_policy and action in NEEDS_DEPLOYMENT
    return Verdict(action, reach=reach, sync_policy=sync, waits=not facts.online)


def _first(checks: tuple[Check, ...], facts: Facts) -> Reason | None:
    return next((reason for reason, holds in checks if holds(facts)), None)


def _refused(action: Action, reason: Reason, facts: Facts, reach: Reach | None = None) -> Verdict:
    required = next((r.collection for r in facts.reaches if requires(facts, r)), facts.also_required)
    all_details: dict[Reason, dict[str, object]] = {
        Reason.OFFLINE: {"since": facts.offline_since},
        Reason.SITE_TOO_OLD: {"site": facts.site_version, "needed": versions.FIRST_SITE},
        Reason.GROUP_NEEDS_SITE: {"site": facts.site_version, "needed": versions.GROUPS_FROM},
        Reason.SITE_LISTS_ON_REQUEST_ONLY: {"site": facts.site_version, "needed": versions.EVERYTHING_LISTED},
        Reason.CLIENT_TOO_OLD: {
            "client": facts.client_version or "?",
            "site": facts.site_version,
            "needed": versions.RECENT_CLIENT,
        },
        Reason.REQUIRED_DEPLOYMENT: {"collection": required},
        Reason.DEPENDENCY_NOT_READY: {"application": facts.unready},
        Reason.STILL_NEEDED: {"application": facts.needed_by},
        Reason.SUPERSEDING_INSTALLED: {"application": facts.target_name},
        Reason.NOT_YET_AVAILABLE: {"at": reach.available_from if reach else None},
    }
    if reason is Reason.OFFLINE and facts.offline_since is None:
        return Verdict(action, Reason.NEVER_CONNECTED)
    return Verdict(action, reason, all_details.get(reason, {}))
