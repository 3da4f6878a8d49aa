"""The database at AWS: encrypted ways only, copies that can be read, a month of backups, pools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.terraform.check.configuration import read

TERRAFORM = Path(__file__).resolve().parents[2] / "infra/terraform"


def _parameters() -> dict[str, str]:
    group = read(TERRAFORM / "modules/database").declared["resource", "aws_db_parameter_group", "main"].body
    return {part["name"].strip('"'): part["value"].strip('"') for part in group["parameter"]}


def _environment(name: str) -> dict[str, Any]:
    return read(TERRAFORM / "environments" / name).of("module")["installation"].body


def test_nobody_comes_in_without_tls() -> None:
    assert _parameters()["rds.force_ssl"] == "1"


def test_production_has_a_standby_two_replicas_and_thirty_days() -> None:
    database = _environment("production")["database"]
    assert (database["multi_az"], database["replicas"], database["backup_days"]) == (True, 2, 30)


def test_pools_of_all_tasks_fit_the_database_while_a_release_stands_beside_the_old_one() -> None:
    for name in ("dev", "staging", "production"):
        said = _environment(name)
        most = {service: size["most"] for service, size in said["services"].items()}
        tasks = sum(most.values()) + most["web"] + most["gateway"]  # once more while both colours run
        listening = 2 * most["gateway"]
        assert tasks * said["pooler"]["connections"] + listening < said["database"]["connections"], name
