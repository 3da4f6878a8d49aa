"""supervisord's configuration file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from metafleet.cli.refusal import Refused
from metafleet.cli.supervision.programs import PRODUCT, SERVERS, Program

STOP_ORDER = {SERVERS: 100, PRODUCT: 200}
"""supervisord starts the lowest number first and stops the highest first, a group at a time."""

LOG_BYTES = 10 * 1024 * 1024
LOG_BACKUPS = 3

RETRIES = 1_000_000
"""A cause such as an unreachable database may last; giving up would need a person."""


class ConfigurationRefused(Refused):
    """A path holds a character that supervisord's configuration cannot carry."""


def render(programs: Sequence[Program], sockets: Path, logs: Path) -> str:
    """Return the configuration for these programs; it holds no secret.

    sockets: folder of supervisord's own socket and pid file. logs: folder, one file per program.
    Raises ConfigurationRefused.
    """
    sections = [_supervisor(sockets, logs)]
    sections += [_program(program, logs) for program in programs]
    groups = sorted({program.group for program in programs}, key=STOP_ORDER.__getitem__)
    sections += [_group(group, programs) for group in groups]
    return "\n".join(sections)


def _supervisor(sockets: Path, logs: Path) -> str:
    return f"""[unix_http_server]
file={_text(sockets / "supervisor.sock")}
chmod=0700

[supervisord]
nodaemon=true
silent=true
pidfile={_text(sockets / "supervisord.pid")}
logfile={_text(logs / "supervisord.log")}
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOG_BACKUPS}
minfds=256
minprocs=16

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(program: Program, logs: Path) -> str:
    return f"""[program:{program.name}]
command={_text(shlex.join(program.command))}
directory={_text(program.folder)}
autostart={"true" if program.group == SERVERS else "false"}
autorestart=true
startsecs=1
startretries={RETRIES}
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_wait_s}
redirect_stderr=true
stdout_logfile={_text(logs / program.name)}.log
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOG_BACKUPS}
"""


def _group(group: str, programs: Sequence[Program]) -> str:
    members = ",".join(program.name for program in programs if program.group == group)
    return f"[group:{group}]\nprograms={members}\npriority={STOP_ORDER[group]}\n"


def _text(value: Path | str) -> str:
    """Escape a value: % starts an expansion, ; after a space a comment, a line end a new option."""
    text = str(value)
    if "\n" in text or " ;" in text:
        raise ConfigurationRefused(
            f"A path with a line end or with ` ;` cannot be used: {text!r}; "
            "name another data folder by METAFLEET_DATA_DIR."
        )
    return text.replace("%", "%%")
