"""Run the Linux role for real on this machine, in a scratch folder: install, again, upgrade, a bad one.

    python infra/ansible/rehearse.py [folder of ansible-playbook]

Real: Ansible, the role, the user, folders, environments, wheels that pip installs, the link, the settings'
mode, the agent's process under its own user. Stand-ins: `systemctl`, by a script that starts and ends the
unit's ExecStart as its User, where no systemd runs; and the wheel, a small package that answers `agent run`
and `agent status` as the release that it is, so that a release can be a bad one and no hub is needed.
Needs root.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
USER: Final = "metafleet-rehearsal"
PYTHON: Final = "/usr/bin/python3"
"""One that the agent's user can reach, as on a real machine; who runs this may have another at home."""
CODES: Final = ("ABCD-EFGH", "WXYZ-2345")

AGENT: Final = """
import pathlib, sys, time, tomllib
word, path = sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
if word == "--help":
    sys.exit("this one does not even start" if {is_broken} else 0)
state = pathlib.Path(tomllib.loads(pathlib.Path(path).read_text())["state"]) / "heard"
if word == "run":
    while True:
        state.write_text("{version}")
        time.sleep(0.2)
if word == "status":
    heard = state.exists() and state.read_text() == "{version}"
    print("watching" if heard and {is_healthy} else "lost")
    sys.exit(0 if heard and {is_healthy} else 1)
"""

SYSTEMCTL: Final = '''#!{python}
"""Does what this role asks of systemctl, and writes down that it was asked."""
import os, pathlib, pwd, re, shlex, signal, subprocess, sys, time
root = pathlib.Path("{root}")
words = [word for word in sys.argv[1:] if word != "--now"]
(root / "asked").open("a").write(" ".join(sys.argv[1:]) + "\\n")
if words[0] in ("restart", "disable"):
    pid = root / "agent.pid"
    if pid.exists():
        try:
            os.kill(int(pid.read_text()), signal.SIGTERM)
        except ProcessLookupError:
            pass
        pid.unlink()
if words[0] == "restart":
    unit = (root / "units" / words[1]).read_text()
    user = re.search("^User=(.*)$", unit, re.M)[1]
    command = shlex.split(re.search("^ExecStart=(.*)$", unit, re.M)[1])
    who = pwd.getpwnam(user)
    process = subprocess.Popen(
        command, user=who.pw_uid, group=who.pw_gid, extra_groups=[], cwd="/", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (root / "agent.pid").write_text(str(process.pid))
'''


class Failed(Exception):
    """The role did something else than it must; the message says what."""


class Machine:
    """A scratch folder with all that the role writes, and what it was asked."""

    def __init__(self, root: Path, programs: Path) -> None:
        self.root, self._programs = root, programs
        root.chmod(0o755)
        (root / "units").mkdir()
        script = root / "systemctl"
        script.write_text(SYSTEMCTL.format(python=PYTHON, root=root))
        script.chmod(0o755)

    def play(self, book: str, wheel: Path, code: str, **more: object) -> subprocess.CompletedProcess[str]:
        terminals = [{"name": "demo", "source": "mt5", "path": 'C:\\\\"x"', "pairing_code": code}]
        said = {
            "metafleet_agent_wheel": str(wheel),
            "metafleet_agent_hub": "https://gateway.example.com",
            "metafleet_agent_terminals": terminals,
            "metafleet_agent_user": USER,
            "metafleet_agent_root": str(self.root / "opt"),
            "metafleet_agent_config": str(self.root / "etc"),
            "metafleet_agent_state": str(self.root / "state"),
            "metafleet_agent_unit_folder": str(self.root / "units"),
            "metafleet_agent_systemctl": str(self.root / "systemctl"),
            "metafleet_agent_python": PYTHON,
            "metafleet_agent_pip_options": "--no-index --no-deps",
            "metafleet_agent_health_tries": 5,
            "metafleet_agent_health_delay": 1,
            "ansible_become_method": "su",
            "ansible_become_flags": "-s /bin/sh",
            "ansible_python_interpreter": PYTHON,
            **more,
        }
        inventory = self.root / "inventory.json"
        hosts = {"localhost": {"ansible_connection": "local", **said}}
        inventory.write_text(json.dumps({"all": {"children": {"linux_agents": {"hosts": hosts}}}}))
        command = [str(self._programs / "ansible-playbook"), "-i", str(inventory), book]
        environment = os.environ | {"ANSIBLE_HOME": str(self.root / "ansible"), "ANSIBLE_NOCOLOR": "1"}
        return subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def asked(self) -> list[str]:
        """What systemctl was asked since the last time."""
        file = self.root / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def release(self) -> str:
        return (self.root / "opt" / "current").resolve().name.split("-")[0]

    def runs(self) -> bool:
        try:
            pid = int((self.root / "agent.pid").read_text())
            owner = Path(f"/proc/{pid}").stat().st_uid
        except (OSError, ValueError):
            return False
        return owner == pwd.getpwnam(USER).pw_uid

    def stop(self) -> None:
        try:
            os.kill(int((self.root / "agent.pid").read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            return


def wheel(folder: Path, version: str, *, is_healthy: bool = True, is_broken: bool = False) -> Path:
    """Write the stand-in's wheel of this version."""
    path = folder / f"metafleet-{version}-py3-none-any.whl"
    info = f"metafleet-{version}.dist-info"
    agent = AGENT.format(version=version, is_healthy=is_healthy, is_broken=is_broken)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metafleet/__init__.py", "")
        archive.writestr("metafleet/cli/__init__.py", "")
        archive.writestr("metafleet/cli/__main__.py", agent)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: metafleet\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def must(condition: bool, what: str, said: subprocess.CompletedProcess[str] | None = None) -> None:
    if not condition:
        raise Failed(what + (f"\n{said.stdout[-3000:]}{said.stderr[-1000:]}" if said else ""))
    print(f"  {what}")


def rehearse(root: Path, programs: Path) -> None:
    machine = Machine(root, programs)
    wheels = root / "wheels"
    wheels.mkdir()
    settings = root / "etc" / "agent.toml"
    restarts = ["daemon-reload", "enable metafleet-agent.service", "restart metafleet-agent.service"]
    try:
        said = machine.play("install.yml", wheel(wheels, "1.0"), CODES[0])
        must(said.returncode == 0, "1.0 is installed", said)
        must(machine.release() == "1.0" and machine.runs(), "it runs, as its own user")
        must(machine.asked() == restarts, "systemd was asked to start it")
        must(settings.stat().st_mode & 0o777 == 0o600, "the settings are its user's alone")
        must(settings.stat().st_uid == pwd.getpwnam(USER).pw_uid, "and belong to it")
        must(
            CODES[0] in settings.read_text() and CODES[0] not in said.stdout, "no code is in Ansible's words"
        )

        said = machine.play("install.yml", wheels / "metafleet-1.0-py3-none-any.whl", CODES[1])
        must(said.returncode == 0 and machine.asked() == [], "the same again touches nothing that runs", said)
        must(CODES[0] in settings.read_text(), "and uses up no second code")

        said = machine.play("install.yml", wheel(wheels, "1.1"), CODES[1])
        must(said.returncode == 0 and machine.release() == "1.1" and machine.runs(), "1.1 takes over", said)
        must(machine.asked() == restarts and CODES[0] in settings.read_text(), "with the settings of before")

        said = machine.play("install.yml", wheel(wheels, "1.2", is_healthy=False), CODES[1])
        must(
            said.returncode != 0 and "runs 1.1" in said.stdout,
            "1.2 does not become healthy, and is said",
            said,
        )
        must(machine.release() == "1.1" and machine.runs(), "1.1 runs again")
        must(machine.asked() == restarts * 2, "after a start of each")

        said = machine.play("install.yml", wheel(wheels, "1.3", is_broken=True), CODES[1])
        must(
            said.returncode != 0 and machine.asked() == [], "1.3 cannot even start: 1.1 was not touched", said
        )
        must(machine.release() == "1.1" and machine.runs(), "and runs on")

        said = machine.play(
            "install.yml", wheels / "metafleet-1.1-py3-none-any.whl", CODES[1], metafleet_agent_repair=True
        )
        must(said.returncode == 0 and CODES[1] in settings.read_text(), "asked to, it is paired anew", said)

        said = machine.play("uninstall.yml", wheels, CODES[0])
        must(said.returncode == 0 and not machine.runs(), "it is uninstalled and stopped", said)
        left = {
            "units": any((root / "units").iterdir()),
            "etc": settings.exists(),
            "state": (root / "state").exists(),
        }
        must(left == {"units": False, "etc": False, "state": True}, "what it had not sent stays")
        said = machine.play("uninstall.yml", wheels, CODES[0], metafleet_agent_remove_state=True)
        must(said.returncode == 0 and not (root / "state").exists(), "asked to, that goes too", said)
        must(USER not in {each.pw_name for each in pwd.getpwall()}, "and its user")
    finally:
        machine.stop()
        if USER in {each.pw_name for each in pwd.getpwall()}:
            subprocess.run(["userdel", USER], check=False)


def main() -> int:
    programs = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(sys.executable).parent
    if not (programs / "ansible-playbook").exists():
        print(f"NO ANSIBLE in {programs}: the role was not rehearsed. `make ansible` installs it.")
        return 0
    if os.geteuid() != 0 or shutil.which("su") is None:
        print("NOT ROOT: the role was not rehearsed; it makes a user.")
        return 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="metafleet-ansible-") as scratch:
        rehearse(Path(scratch).resolve(), programs)
    took = f"{time.monotonic() - began:.0f} s"
    print(f"The role was rehearsed in {took}, with stand-ins for systemd and the wheel.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
