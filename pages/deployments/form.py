"""The form of a deployment: what, to whom, with which purpose and when; and, of one that is there, what may change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.authoring.deployments import deployed_already, plan_of
from applications.authoring.groups import content_of
from applications.in_sight import collections_for
from applications.models import Application, Deployment
from applications.rules.deployments import cannot_deploy, problems
from applications.wording.problems import as_error
from devices.access.permissions import ADD_DEPLOYMENT
from devices.models import Collection
from ui.fields.moment import MomentField

PURPOSES = {
    Deployment.Purpose.AVAILABLE: gettext_lazy("Available: on demand, when somebody asks for it"),
    Deployment.Purpose.REQUIRED: gettext_lazy("Required: by itself, at the deadline"),
}


def under_headings(rows: Iterable[Any], heading: Callable[[Any], Any], empty: Any) -> list[Any]:
    """Choices for a select: each row under its heading, in the order of the rows."""
    options: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        options.setdefault(str(heading(row)), []).append((str(row.pk), str(row)))
    return [("", empty), *options.items()]


class DeploymentForm(forms.ModelForm):
    """Of a new deployment. What the rules say of the whole is asked in `clean`; `writing` asks it again."""

    available_from = MomentField(label=gettext_lazy("Available from"))
    deadline = MomentField(label=gettext_lazy("Deadline"))

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = (
            "application",
            "collection",
            "purpose",
            "requires_approval",
            "available_from",
            "deadline",
        )

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        zone = timezone.get_current_timezone_name()
        self.fields["available_from"].help_text = _("In your time zone, %(zone)s. Empty: at once.") % {"zone": zone}
        self.fields["deadline"].help_text = _(
            "In your time zone, %(zone)s. Only of what is Required, which installs by itself at this moment, at once "
            "when it is empty or past."
        ) % {"zone": zone}
        self.fields["requires_approval"].help_text = _(
            "Only of what is Available: an administrator must approve a request for this application on the device. "
            "Until then the device is told nothing of it. Advisable when many applications are available to a device: "
            "its policy stays small."
        )
        self.choose(user)

    def choose(self, user: Any) -> None:
        """Among what can be deployed, and where the user may deploy."""
        applications = Application.objects.visible_to(user).only("name", "version", "is_group")
        collections = collections_for(user, ADD_DEPLOYMENT).only("name", "kind")
        self.fields["purpose"].widget = forms.RadioSelect(choices=list(PURPOSES.items()))
        self.fields["application"] = forms.ModelChoiceField(applications, label=_("Application or group"))
        self.fields["application"].widget.choices = under_headings(
            applications,
            lambda row: _("Application groups") if row.is_group else _("Applications"),
            _("Choose what to deploy"),
        )
        self.fields["collection"] = forms.ModelChoiceField(collections, label=_("Collection"))
        self.fields["collection"].widget.choices = under_headings(
            collections, lambda row: Collection.Kind(row.kind).label, _("Choose to whom")
        )

    def clean_application(self) -> Application:
        application: Application = self.cleaned_data["application"]
        problem = cannot_deploy(content_of(application))
        if problem:
            raise as_error(problem)
        return application

    def clean(self) -> dict[str, Any]:
        """Not that of Django: the rules say what the database's constraints would, in better sentences."""
        cleaned = self.cleaned_data
        application, collection = cleaned.get("application"), cleaned.get("collection")
        if application and collection:
            wanted = Deployment(application=application, collection=collection)
            if Deployment.objects.filter(application=application, collection=collection).exists():
                self.add_error("collection", deployed_already(wanted))
        if "purpose" in cleaned:
            self.ask_rules(Deployment(**{**cleaned, "application": application, "collection": collection}), None)
        return cleaned

    def ask_rules(self, wanted: Deployment, before: Deployment | None) -> None:
        for problem in problems(plan_of(wanted), plan_of(before) if before else None):
            if problem.part not in self.errors:
                self.add_error(problem.part if problem.part in self.fields else None, as_error(problem))


class DeploymentChangeForm(DeploymentForm):
    """Of a deployment that is there: what, to whom and with which purpose stays as it is."""

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = ("requires_approval", "available_from", "deadline")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.instance.purpose == Deployment.Purpose.REQUIRED:
            del self.fields["requires_approval"]
        else:
            del self.fields["deadline"]

    def choose(self, user: Any) -> None:
        """Nothing to choose among."""

    def clean(self) -> dict[str, Any]:
        before = Deployment.objects.get(pk=self.instance.pk)
        wanted = Deployment.objects.get(pk=self.instance.pk)
        for name, value in self.cleaned_data.items():
            setattr(wanted, name, value)
        for name in ("purpose", "application_id", "collection_id"):
            if given := self.data.get(name.removesuffix("_id")):
                setattr(wanted, name, _as_kept(given))
        self.ask_rules(wanted, before)
        return self.cleaned_data


def _as_kept(given: str) -> Any:
    return int(given) if given.isascii() and given.isdigit() else given
