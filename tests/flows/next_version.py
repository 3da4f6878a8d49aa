"""A version after this one, for tests of releases: this one's image, and a migration that adds a column."""

from __future__ import annotations

import io
import tarfile
from textwrap import dedent

import docker

MIGRATION = "0099_next_version"
COLUMN = "next_version_says"

_MIGRATION = f"""
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "%s")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE fleet_run ADD COLUMN {COLUMN} text",
            "ALTER TABLE fleet_run DROP COLUMN {COLUMN}",
        ),
    ]
"""


def build(api: docker.APIClient, former: str, tag: str, newest_of_kernel: str) -> str:
    """Build the image out of the former one, and return its id."""
    kernel = "/opt/metafleet/lib/python3.11/site-packages/metafleet/hub/kernel/migrations"
    files = {
        "migration.py": _MIGRATION % newest_of_kernel,
        "max_migration.txt": f"{MIGRATION}\n",
        "Dockerfile": dedent(f"""\
            FROM {former}
            USER root
            COPY migration.py {kernel}/{MIGRATION}.py
            COPY max_migration.txt {kernel}/max_migration.txt
            RUN chmod 0644 {kernel}/{MIGRATION}.py {kernel}/max_migration.txt
            USER 10002:10002
            """),
    }
    told = api.build(fileobj=_context(files), custom_context=True, tag=tag, rm=True, decode=True)
    failures = [line["error"] for line in told if "error" in line]
    assert not failures, failures
    return str(api.inspect_image(tag)["Id"])


def _context(files: dict[str, str]) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, text in files.items():
            told = tarfile.TarInfo(name)
            told.size = len(text.encode())
            archive.addfile(told, io.BytesIO(text.encode()))
    content.seek(0)
    return content
