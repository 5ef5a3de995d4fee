"""The facts about devices, persons, sites and collections; one file per subject."""

from devices.models.collection import Collection, CollectionRight, CollectionRule, DeviceMember, PersonMember
from devices.models.device import Device, SignIn, Stream
from devices.models.enrolment import EnrolmentToken
from devices.models.person import Person
from devices.models.role import RoleSettings
from devices.models.seal import Seal
from devices.models.site import Site
from devices.models.use import DayOfUse

__all__ = [
    "Collection",
    "CollectionRight",
    "CollectionRule",
    "DayOfUse",
    "Device",
    "DeviceMember",
    "EnrolmentToken",
    "Person",
    "PersonMember",
    "RoleSettings",
    "Seal",
    "SignIn",
    "Site",
    "Stream",
]
