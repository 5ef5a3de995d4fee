"""The facts about applications, deployments, requests and what clients reported; one file per subject."""

from applications.models.application import Application, Dependency, DeploymentType, GroupMember
from applications.models.content import Content, Upload
from applications.models.deployment import Deployment
from applications.models.report import Report
from applications.models.request import Request, RequestEvent, RequestStep
from applications.models.revision import Order, Revision
from applications.models.sweep import LastSweep

__all__ = [
    "Application",
    "Content",
    "Dependency",
    "Deployment",
    "DeploymentType",
    "GroupMember",
    "LastSweep",
    "Order",
    "Report",
    "Request",
    "RequestEvent",
    "RequestStep",
    "Revision",
    "Upload",
]
