"""The words of the document that several rules share."""

from enum import StrEnum


class Action(StrEnum):
    INSTALL = "install"
    REINSTALL = "reinstall"
    REEVALUATE = "reevaluate"
    UNINSTALL = "uninstall"
    REPAIR = "repair"


INSTALLING_ACTIONS = frozenset({Action.INSTALL, Action.REINSTALL})


class Target(StrEnum):
    """At whom a deployment is aimed."""

    DEVICE = "device"
    PERSON = "person"


class Way(StrEnum):
    """How a deployment reaches a device: R10's three options, for a device or a person."""

    REQUIRED = "required"
    AVAILABLE = "available"
    APPROVAL = "approval"


class Via(StrEnum):
    """Why a person's deployment concerns this device (R2)."""

    SIGNED_IN = "signed_in"
    PRIMARY = "primary"
    PREVIOUS = "previous"


class JoinType(StrEnum):
    DOMAIN = "domain"
    HYBRID = "hybrid"
    AZURE_AD = "azure_ad"
    NONE = "none"
