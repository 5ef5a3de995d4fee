"""The form of a deployment type: its file, its commands, fields for each kind of detection, R25's table."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.content.uploads import is_genuine
from applications.models import DeploymentType, Upload
from applications.rules import returncodes
from applications.rules.definitions import DETECTION, MAX_SCRIPT, MAX_VERSION, detection_problems
from applications.wording.definitions import DETECTION_KINDS, return_code_words
from applications.wording.problems import as_error
from pages.authoring.fields import CodeField

COMMANDS = ("install_command", "uninstall_command", "repair_command")


class DeploymentTypeForm(forms.ModelForm):
    upload = forms.UUIDField(widget=forms.HiddenInput, required=False)
    without_file = forms.BooleanField(label=gettext_lazy("Save it without its file"), required=False)
    install_command = CodeField(label=gettext_lazy("Install command"), max_length=MAX_SCRIPT)
    uninstall_command = CodeField(
        label=gettext_lazy("Uninstall command"),
        help_text=gettext_lazy("Without one it cannot be uninstalled from here."),
        max_length=MAX_SCRIPT,
        required=False,
    )
    repair_command = CodeField(
        label=gettext_lazy("Repair command"),
        help_text=gettext_lazy("Without one it cannot be repaired from here."),
        max_length=MAX_SCRIPT,
        required=False,
    )
    detection_kind = forms.ChoiceField(
        label=gettext_lazy("It is installed when"),
        choices=[("", gettext_lazy("Choose how to find out")), *DETECTION_KINDS.items()],
        help_text=gettext_lazy("“Installed” only ever comes from this rule, never from an exit code."),
    )
    detection_path = forms.CharField(
        label=gettext_lazy("Path of the file"),
        help_text=gettext_lazy("For example /usr/bin/gimp, ~/.config/gimp or %ProgramFiles%\\GIMP 3\\bin\\gimp.exe."),
        required=False,
    )
    detection_name = forms.CharField(
        label=gettext_lazy("Name of the package"),
        help_text=gettext_lazy(
            "As dpkg or rpm calls it; on macOS the package identifier; on Windows the product code or the name in the "
            "list of installed programs."
        ),
        required=False,
    )
    detection_command = forms.CharField(
        label=gettext_lazy("Command that tells the version"),
        help_text=gettext_lazy("The first version number in its output counts, for example of gimp --version."),
        required=False,
    )
    detection_script = CodeField(
        label=gettext_lazy("Detection script"),
        help_text=gettext_lazy(
            "Exit code 0 with output: installed. Exit code 0 without output: not installed. Anything else: unknown, "
            "which is a failure."
        ),
        required=False,
        rows=5,
    )
    detection_version = forms.CharField(
        label=gettext_lazy("This version or newer"),
        help_text=gettext_lazy(
            "May be left out for a file and a package. Of a file its first line must hold the version."
        ),
        max_length=MAX_VERSION,
        required=False,
    )
    return_code_lines = CodeField(
        label=gettext_lazy("Return codes"),
        help_text=gettext_lazy(
            "One line for each exit code: code = meaning. success: done. restart: done, the device must restart. "
            "restart_started: done, the device restarts. retry: busy, try again later. Every other code is a failure. "
            "On Windows also 0x80070005; elsewhere 0 to 255, or a signal such as SIGKILL. The usual codes of one "
            "platform become those of the platform that is chosen."
        ),
        rows=6,
    )

    class Meta:
        model = DeploymentType
        fields = ("name", "priority", "platform", "run_as", *COMMANDS, "max_run_minutes")

    def __init__(self, *args: Any, user: Any, **more: Any) -> None:
        """`user`: whose uploads count."""
        super().__init__(*args, **more)
        self.user = user
        if self.instance.pk is None:
            choices = list(DeploymentType.Platform.choices)
            self.fields["platform"].choices = [("", gettext_lazy("Choose a platform")), *choices]  # type: ignore[attr-defined]
            self.initial["platform"] = more.get("initial", {}).get("platform", "")
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        rule = self.instance.detection or {}
        own = {f"detection_{part}": value for part, value in rule.items()}
        own["return_code_lines"] = returncodes.write(
            self.instance.return_codes, return_code_words(), self.instance.platform
        )
        self.initial = {**own, **self.initial}
        for part in ("path", "name", "command"):
            self.fields[f"detection_{part}"].widget.attrs |= {"class": "code", "spellcheck": "false"}

    def clean_detection_version(self) -> str:
        """v1.2 is meant as 1.2: no version that is found begins with a letter."""
        given: str = self.cleaned_data["detection_version"].strip()
        return given[1:] if given[:1] in ("v", "V") and given[1:2].isdigit() else given

    def uploaded(self) -> Upload | None:
        """What was uploaded for this form, as far as it is known: also of a form that is not bound."""
        try:
            pk = forms.UUIDField(required=False).clean(self["upload"].value())
        except forms.ValidationError:
            return None
        uploads = Upload.objects.filter(user=self.user, content__isnull=False).select_related("content")
        upload = uploads.filter(pk=pk).first() if pk else None
        return upload if upload and is_genuine(upload) else None

    def clean_upload(self) -> Upload | None:
        upload = self.uploaded()
        if self.cleaned_data["upload"] and upload is None:
            raise forms.ValidationError(_("That file is no longer here. Choose it again."))
        return upload

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = DeploymentType.objects.filter(application=self.instance.application_id, name=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This application has a deployment type with this name already."))
        return name

    def clean_return_code_lines(self) -> dict[str, str]:
        platform = self.cleaned_data.get("platform", returncodes.ANY)
        table, problems = returncodes.read(self.cleaned_data["return_code_lines"], return_code_words(), platform)
        if problems:
            raise forms.ValidationError([as_error(problem) for problem in problems])
        return table

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("detection_kind")
        if kind:
            self.detection = self._detection(kind)
            for problem in detection_problems(self.detection, cleaned.get("platform", "any")):
                self.add_error(f"detection_{problem.part}", as_error(problem))
        return cleaned

    def _detection(self, kind: str) -> dict[str, Any]:
        """The rule as it is kept: the parts of its kind, without the optional ones that are empty."""
        parts = {part: self.cleaned_data.get(f"detection_{part}") or "" for part in DETECTION[kind]}
        kept = {part: value for part, value in parts.items() if value or not DETECTION[kind][part].optional}
        return {"kind": kind, **kept}

    def save(self, commit: bool = False) -> DeploymentType:
        """The deployment type with what was filled in; `writing` saves it."""
        each: DeploymentType = super().save(commit=False)
        if upload := self.cleaned_data["upload"]:
            each.content, each.file_name = upload.content, upload.name
        elif self.cleaned_data["without_file"]:
            each.content, each.file_name = None, ""
        each.detection = self.detection
        each.return_codes = self.cleaned_data["return_code_lines"]
        return each
