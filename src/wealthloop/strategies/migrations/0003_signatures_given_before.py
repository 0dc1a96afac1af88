"""An approval of before the signatures is the one signature that was needed then."""

from typing import Any

from django.db import migrations


def keep_approvals(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401, ARG001 - Django's signature
    """Write a signature for every approval that stands."""
    versions = apps.get_model("strategies", "StrategyVersion")
    signatures = apps.get_model("strategies", "StrategySignature")
    for row in versions.objects.exclude(approved_hash=""):
        signatures.objects.create(
            version=row, signature="strategy", person=row.approved_by, content_hash=row.approved_hash,
            at=row.approved_at,
        )  # fmt: skip


class Migration(migrations.Migration):
    """Data of the table that the migration before made."""

    dependencies = [("strategies", "0002_signing")]

    operations = [migrations.RunPython(keep_approvals, migrations.RunPython.noop)]
