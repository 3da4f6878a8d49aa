"""The screens' files get to where CloudFront finds them, with what says how long they are kept."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest

from metafleet.hub.vault.tests.amazon import running_amazon

PUBLISH = Path(__file__).resolve().parents[2] / "infra/release/publish"


def publish(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PUBLISH, folder, "app"], capture_output=True, text=True, check=False, env=os.environ
    )


def build(folder: Path, name: str) -> None:
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    for file in ("index.html", "theme.js", f"assets/{name}.js"):
        (folder / file).write_text(name)


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_a_second_release_leaves_the_first_ones_files_and_never_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_amazon(monkeypatch):
        store: Any = boto3.client("s3")
        store.create_bucket(Bucket="app")
        for release in ("first", "second"):
            build(tmp_path / release, release)
            done = publish(tmp_path / release)
            assert (done.returncode, done.stderr) == (0, "")
        held = {entry["Key"] for entry in store.list_objects_v2(Bucket="app")["Contents"]}
        assert held == {"assets/first.js", "assets/second.js", "theme.js"}
        script = store.get_object(Bucket="app", Key="assets/first.js")
        assert script["CacheControl"] == "public, max-age=31536000, immutable"
        assert "javascript" in script["ContentType"]
        assert store.get_object(Bucket="app", Key="theme.js")["CacheControl"] == "public, max-age=300"


def test_a_folder_that_is_no_build_is_refused(tmp_path: Path) -> None:
    done = publish(tmp_path)
    assert done.returncode == 1
    assert "is no build of the screens" in done.stderr
