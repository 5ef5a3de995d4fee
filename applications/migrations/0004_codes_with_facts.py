"""What a client told as an English sentence is kept as the text it was, where codes with facts are from now on."""

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AT_ONCE = 1000


def keep_text(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for name in ("Report", "Request", "RequestEvent"):
        rows = apps.get_model("applications", name).objects.using(editor.connection.alias)
        for some in _chunks(rows.filter(facts__has_key="detail").only("pk", "facts")):
            for row in some:
                row.facts = row.facts | {"detail": _as_text(row.facts["detail"])}
            rows.bulk_update(some, ["facts"])
    steps = apps.get_model("applications", "RequestStep").objects.using(editor.connection.alias)
    for some in _chunks(steps.exclude(detail="").only("pk", "detail")):
        for step in some:
            step.told = _as_text(step.detail)
        steps.bulk_update(some, ["told"])


def _chunks(rows: Any) -> Iterator[list[Any]]:
    """By primary key, so that nothing is read while it is being changed."""
    last: list[Any] = []
    while last := list(_after(rows, last)):
        yield last


def _after(rows: Any, last: list[Any]) -> Any:
    return (rows.filter(pk__gt=last[-1].pk) if last else rows).order_by("pk")[:AT_ONCE]


def _as_text(told: Any) -> Any:
    return {"code": "text", "facts": {"text": told}} if isinstance(told, str) else told


class Migration(migrations.Migration):
    dependencies = [("applications", "0003_request_finished")]

    operations = [
        migrations.AddField("request", "progress_detail", models.JSONField(null=True)),
        migrations.AddField("requeststep", "told", models.JSONField(null=True)),
        migrations.RunPython(keep_text, migrations.RunPython.noop),
    ]
