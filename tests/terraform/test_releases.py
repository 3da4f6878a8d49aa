"""A release at AWS goes back by itself: what the sources promise of it, read from them."""

from __future__ import annotations

from pathlib import Path

from infra.terraform.check.configuration import Body, read

MODULES = Path(__file__).resolve().parents[2] / "infra/terraform/modules"
PORTS = "${compact([each.value.port])}"


def _service() -> Body:
    return read(MODULES / "services").declared["resource", "aws_ecs_service", "main"].body


def _dynamic(body: Body, name: str) -> Body:
    found: Body = next(part[f'"{name}"'] for part in body["dynamic"] if f'"{name}"' in part)
    return found


def test_what_has_a_port_is_released_blue_green_and_baked() -> None:
    spec = _dynamic(_service(), "deployment_configuration")
    assert spec["for_each"] == PORTS
    assert spec["content"][0]["strategy"] == '"BLUE_GREEN"'
    assert spec["content"][0]["bake_time_in_minutes"] == "${var.bake_minutes}"
    balanced = _dynamic(_service(), "load_balancer")["content"][0]
    assert "arns[0]" in balanced["target_group_arn"]
    assert "arns[1]" in balanced["advanced_configuration"][0]["alternate_target_group_arn"]


def test_every_service_takes_back_what_does_not_start() -> None:
    breaker = _service()["deployment_circuit_breaker"][0]
    assert (breaker["enable"], breaker["rollback"]) == (True, True)


def test_alarms_of_both_colours_take_a_release_back() -> None:
    alarms = _dynamic(_service(), "alarms")["content"][0]
    assert (alarms["enable"], alarms["rollback"]) == (True, True)
    names = read(MODULES / "alarms").of("output")["release_alarms"].body["value"]
    for alarm in ("${name}-5xx", "${name}-b-5xx", "${name}-unhealthy", "${name}-b-unhealthy"):
        assert f'"{alarm}"' in names


def test_terraform_does_not_undo_a_release() -> None:
    assert _service()["lifecycle"][0]["ignore_changes"] == ["desired_count", "task_definition"]
    rule = read(MODULES / "load_balancer").declared["resource", "aws_lb_listener_rule", "host"].body
    assert rule["lifecycle"][0]["ignore_changes"] == ["action"]
