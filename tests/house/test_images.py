"""What images and the compose file promise, as far as their text shows it; a flow test runs them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

INFRA = Path(__file__).parents[2] / "infra"
DOCKER = INFRA / "docker"
DOCKERFILES = sorted(DOCKER.glob("*/Dockerfile*"))
COLOURED = ("web", "gateway", "worker", "judge", "beat")
OTHERS = ("POSTGRES", "PGBOUNCER", "REDIS", "CADDY", "PROMETHEUS", "GRAFANA")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text())
    return found


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(DOCKER)))
def test_an_image_runs_as_nobody_who_is_root_and_fetches_nothing_by_hand(file: Path) -> None:
    text = re.sub(r"\\\n", " ", file.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages = "\n".join(lines).split("\nFROM ")[1:] or ["\n".join(lines)]
    users = [re.findall(r"^USER (\S+)", stage, flags=re.MULTILINE) for stage in stages]
    assert users[-1] or "FROM api AS" in text, "the last stage says whom it runs as"
    assert all(found[-1].split(":")[0] not in {"0", "root"} for found in users if found)
    assert not [line for line in lines if re.match(r"ADD |RUN .*(curl|wget) .*http", line)]
    installs = [line for line in lines if "apt-get install" in line]
    assert all("--no-install-recommends" in line and "rm -rf /var/lib/apt/lists" in line for line in installs)


def test_both_colours_are_the_same_but_for_image_and_profile(compose: dict[str, Any]) -> None:
    for name in COLOURED:
        blue, green = dict(compose["services"][f"{name}-blue"]), dict(compose["services"][f"{name}-green"])
        assert (blue.pop("profiles"), green.pop("profiles")) == (["blue"], ["green"])
        assert blue.pop("image") == "${METAFLEET_BLUE_IMAGE:-metafleet/api:latest}"
        assert green.pop("image") == "${METAFLEET_GREEN_IMAGE:-metafleet/api:latest}"
        assert blue == green


def test_the_active_colour_is_a_file_that_the_proxy_imports(compose: dict[str, Any], tmp_path: Path) -> None:
    assert "./proxy/active:/etc/caddy/active:ro" in compose["services"]["proxy"]["volumes"]
    text = (DOCKER / "proxy/Caddyfile").read_text()
    assert "import active/upstreams.caddy" in text
    script = (DOCKER / "init.sh").read_text()
    for service, port in (("web", 8000), ("gateway", 8001)):
        assert f"import active_{service}" in text
        assert f"(active_{service}) {{\n\tto {service}-blue:{port}\n}}" in script


def test_images_of_others_are_named_by_a_version(compose: dict[str, Any]) -> None:
    named = re.findall(r"METAFLEET_([A-Z]+)_IMAGE:-([^}]+)", (DOCKER / "compose.yml").read_text())
    defaults = {name: image for name, image in named if name in OTHERS}
    assert set(defaults) == set(OTHERS)
    assert all(re.search(r":v?\d", image) for image in defaults.values()), defaults


def test_only_the_proxy_listens_beyond_this_machine(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert name == "proxy" or port.startswith("127.0.0.1:"), (name, port)


def test_root_is_who_restores_alone_and_on_no_network(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, each in services.items() if each.get("user", "").startswith("0")] == ["restore"]
    restore = services["restore"]
    assert (restore["network_mode"], restore["profiles"], restore["restart"]) == ("none", ["restore"], "no")
    assert (restore["cap_drop"], restore["read_only"]) == (["ALL"], True)
    assert set(restore["cap_add"]) == {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"}
    # To where the server looks for it, as the user that it runs as.
    [where] = [word for word in restore["entrypoint"] if word.startswith("/")]
    assert where == services["postgres"]["environment"]["PGDATA"]
    assert restore["entrypoint"][-1] == services["postgres"]["user"]


def test_grafana_finds_its_data_source_and_dashboards(compose: dict[str, Any]) -> None:
    mounts = dict(mount.split(":")[:2] for mount in compose["services"]["grafana"]["volumes"])
    [provider] = _read("dashboards/metafleet.yml")["providers"]
    [source] = _read("datasources/prometheus.yml")["datasources"]
    assert provider["options"]["path"] == mounts["../grafana"]
    assert source["type"] == "prometheus"
    host, _, port = source["url"].removeprefix("http://").partition(":")
    assert (host in compose["services"], port) == (True, "9090")
    boards = [json.loads(file.read_text()) for file in sorted((INFRA / "grafana").glob("*.json"))]
    assert boards
    assert len({board["uid"] for board in boards}) == len(boards)
    assert all(board["panels"] for board in boards)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / "grafana/provisioning" / name).read_text())
    return found


def test_init_needs_a_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(DOCKER / "init.sh"), "-C", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr.startswith("usage: ")


def test_without_the_operators_installer_a_metatrader_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(DOCKER / "runner-mt5/entry"), "terminal"],
        env={"PATH": "/usr/bin:/bin", "WINEPREFIX": str(tmp_path), "DISPLAY": ":99"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 78
    assert "no installer at /installer/mt5setup.exe" in done.stderr
    assert list(tmp_path.iterdir()) == []
