from __future__ import annotations

from pathlib import Path

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.environment import process_environment
from metafleet.cli.settings import read_settings


def environment(base: dict[str, str], tmp_path: Path) -> dict[str, str]:
    settings = read_settings(base, tmp_path)
    return process_environment(base, settings, DataFolder(tmp_path), "postgresql://d", "redis://r")


def test_every_setting_is_handed_on_resolved(tmp_path: Path) -> None:
    given = environment({"METAFLEET_GATEWAY_PORT": "9001", "PATH": "/bin"}, tmp_path)
    assert given["METAFLEET_GATEWAY_URL"] == "http://127.0.0.1:9001"
    assert given["METAFLEET_WEB_PORT"] == "8000"
    assert (given["DATABASE_URL"], given["REDIS_URL"]) == ("postgresql://d", "redis://r")
    assert given["PATH"] == "/bin"


def test_secrets_are_handed_on_by_the_names_of_their_files(tmp_path: Path) -> None:
    given = environment({}, tmp_path)
    assert given["METAFLEET_SECRET_KEY_FILE"] == f"{tmp_path}/keys/secret_key"
    assert given["METAFLEET_VAULT_KEY_FILE"] == f"{tmp_path}/keys/vault_master.key"
    assert given["METAFLEET_BROKER_ADMIN_KEY_FILE"] == f"{tmp_path}/keys/broker_admin.key"


def test_secrets_that_are_given_are_left_as_they_are(tmp_path: Path) -> None:
    given = environment(
        {"METAFLEET_SECRET_KEY": "mine", "METAFLEET_VAULT_KEY_FILE": "/run/secrets/vault"}, tmp_path
    )
    assert "METAFLEET_SECRET_KEY_FILE" not in given
    assert given["METAFLEET_VAULT_KEY_FILE"] == "/run/secrets/vault"


def test_the_caller_may_override_the_defaults(tmp_path: Path) -> None:
    assert environment({"MALLOC_ARENA_MAX": "8"}, tmp_path)["MALLOC_ARENA_MAX"] == "8"


def test_a_url_that_is_kept_out_of_the_environment_stays_out(tmp_path: Path) -> None:
    kept = tmp_path / "url"
    kept.write_text("postgresql://u:pass@h/d")
    given = environment({"DATABASE_URL_FILE": str(kept), "METAFLEET_RECEIPT_KEY_AWS_SECRET": "r"}, tmp_path)
    assert "DATABASE_URL" not in given
    assert "METAFLEET_RECEIPT_KEY_FILE" not in given
    assert given["DATABASE_URL_FILE"] == str(kept)
