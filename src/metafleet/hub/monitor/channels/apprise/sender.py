"""Sends one message by Apprise, and ends. Reads {url, networks, title, body, type} as JSON from its standard
input, without a body only to judge the address; answers {ok, said, permanent}.

Before anything of the address is looked at, the process shuts itself in: it connects to nothing but what
`Outside` lets it, by TCP, at the moment of connecting (whatever names and redirects led there); it reads no
file but Python's own, writes none and starts no program.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import re
import resource
import socket
import sys
import sysconfig
from typing import Any, Final, NoReturn

from metafleet.hub.monitor.outgoing import AddressRefused, Outside

LOCAL: Final = frozenset(
    {
        *("blink1", "dbus", "file", "glib", "gnome", "growl", "kde", "macosx", "qt"),
        *("rsyslog", "syslog", "windows"),
    }
)
"""Services of the machine that Apprise runs on, or of who listens on its network."""
FOR_GOOD: Final = frozenset({400, 401, 403, 404, 410})
MOST_SAID: Final = 300
_READ: Final = ("/etc/hosts", "/etc/localtime", "/etc/mime.types", "/etc/resolv.conf", "/usr/share/zoneinfo")
_FORBIDDEN: Final = frozenset(
    {
        *("ctypes.dlopen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile"),
        *("os.system", "os.remove", "os.rename", "os.mkdir", "os.symlink", "os.link", "os.truncate"),
        *("pty.spawn", "socket.bind", "socket.sendmsg", "socket.sendto", "subprocess.Popen"),
    }
)
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

_refusals: list[str] = []


def main() -> None:
    work: dict[str, Any] = json.load(sys.stdin)
    logged = _logged()
    import apprise
    from apprise.plugins import N_MGR

    plugins: Any = N_MGR
    plugins.load_modules()
    outside = Outside(networks=tuple(ipaddress.ip_network(one) for one in work["networks"]))
    _shut_in(outside)
    answer = _judged(apprise, work["url"], outside)
    if answer is None:
        answer = _sent(apprise, work, logged) if "body" in work else _ok("")
    json.dump(answer, sys.stdout)


def _judged(apprise: Any, url: str, outside: Outside) -> dict[str, Any] | None:
    """Return why nothing is sent there; None where it may be."""
    scheme = url.partition(":")[0].lower()
    if scheme in LOCAL:
        return _no(f"{scheme}:// speaks to the machine that metafleet runs on, and is refused.")
    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        return _no(f"Apprise does not understand this {scheme}:// address. See appriseit.com for its form.")
    if "host" in plugin.template_tokens and plugin.host:
        shown = "https" if plugin.secure else "http"
        port = f":{plugin.port}" if plugin.port else ""
        host = plugin.host if plugin.host.startswith("[") or ":" not in plugin.host else f"[{plugin.host}]"
        try:
            outside.check(f"{shown}://{host}{port}/")
        except AddressRefused as error:
            return _no(str(error))
    return None


def _sent(apprise: Any, work: dict[str, Any], logged: list[str]) -> dict[str, Any]:
    asset = apprise.AppriseAsset(app_id="metafleet", app_desc="metafleet", storage_mode="memory")
    asset.async_mode = False
    service = apprise.Apprise(asset=asset)
    service.add(work["url"])
    name = service[0].service_name
    _refusals.clear()
    is_sent = service.notify(title=work["title"], body=work["body"], notify_type=work["type"])
    if is_sent:
        return _ok(f"taken by {name}")
    if _refusals:
        return _no(_refusals[0])
    said = _plain(logged[-1] if logged else f"{name} did not take it.", work["url"])
    status = re.search(r"error=(\d{3})", said)
    return _no(said, permanent=status is not None and int(status[1]) in FOR_GOOD)


def _ok(said: str) -> dict[str, Any]:
    return {"ok": True, "said": said, "permanent": False}


def _no(said: str, *, permanent: bool = True) -> dict[str, Any]:
    return {"ok": False, "said": said, "permanent": permanent}


def _plain(said: str, url: str) -> str:
    """The service's own words, without anything of the address that may be a secret."""
    for part in sorted(re.split(r"[/:@?&=,]+", url), key=len, reverse=True):
        if len(part) > 5:
            said = said.replace(part, "…")
    return " ".join(said.split())[:MOST_SAID]


def _logged() -> list[str]:
    """Return the list in which what Apprise warns of will be."""
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger = logging.getLogger("apprise")
    logger.addHandler(Kept(logging.WARNING))
    logger.propagate = False
    return said


def _shut_in(outside: Outside) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    socket.setdefaulttimeout(20)
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    roots = tuple(os.path.realpath(one) for one in (*map(sysconfig.get_path, names), *_READ))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            _refuse(f"The address would have {event} done here.")
        if event == "open":
            _look_at_file(roots, *arguments)
        if event == "socket.connect":
            _look_at_address(outside, arguments[1])

    sys.addaudithook(hook)


def _look_at_file(roots: tuple[str, ...], path: Any, mode: Any, flags: Any) -> None:
    if isinstance(path, int):
        return
    real = os.path.realpath(os.fsdecode(path))
    is_readable = any(real == root or real.startswith(root + os.sep) for root in roots)
    if (flags or 0) & _WRITES or set(mode or "") & set("wax+") or not is_readable:
        _refuse("The address names a file of this machine.")


def _look_at_address(outside: Outside, where: Any) -> None:
    if not isinstance(where, tuple):
        _refuse("The address leads to this machine itself.")
    host = str(where[0]).partition("%")[0]
    try:
        outside.judge(ipaddress.ip_address(host), int(where[1]), host)
    except ValueError:
        _refuse(f"{host} is no address.")
    except AddressRefused as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    _refusals.append(why)
    raise PermissionError(why)


if __name__ == "__main__":
    main()
