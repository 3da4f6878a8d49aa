"""What an MT5 monitor keeps in its three files, brought to a running platform by its API.

Nothing is asked before all files were read. What is there already is known and left alone, so that the
same files change nothing the second time; what cannot be taken is refused with its reason, by account.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from metafleet.cli.api_client import Api, ApiRefused
from metafleet.cli.refusal import Refused

Files: TypeAlias = Mapping[str, Mapping[str, Any]]
"""By option (phases, vs, trades): what the file says by account number."""
Result = Literal["taken", "known", "refused"]

LONGEST: Final = {"phases": 20, "vs": 60}
_FIELDS: Final = {"phases": "phase", "vs": "group"}
_AT_ONCE: Final = 1_000
_HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wishes:
    """server: where accounts are looked for, None for all. creates: the currency in which unknown ones
    are registered there, None where they are refused."""

    server: str | None
    creates: str | None
    timezone: str


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one thing that a file says of one account. login: as it stands in the file."""

    login: str
    what: str
    result: Result
    detail: str

    def shown(self) -> dict[str, str]:
        return {"login": self.login, "what": self.what, "result": self.result, "detail": self.detail}


@dataclass(slots=True)
class Report:
    lines: list[Line] = field(default_factory=list)

    def add(self, login: str, what: str, result: Result, detail: str) -> None:
        self.lines.append(Line(login, what, result, detail))

    def counts(self) -> dict[str, int]:
        found = Counter(line.result for line in self.lines)
        return {"taken": found["taken"], "known": found["known"], "refused": found["refused"]}


def read_files(paths: Mapping[str, Path | None]) -> Files:
    """Return what the files say. Raises Refused with the option and the file of one that cannot be read."""
    return {option: _read(option, path) for option, path in paths.items() if path is not None}


def bring(api: Api, files: Files, wishes: Wishes) -> Report:
    """Take over what the files say of accounts, and return what became of each of it."""
    report = Report()
    accounts = _accounts(api, files, wishes, report)
    standing = {row["id"]: row for row in api.get("/api/board")["rows"]}
    for option in ("phases", "vs"):
        _say_of(api, option, _of_known(files.get(option, {}), accounts), standing, report)
    for login, account, part in _of_known(files.get("trades", {}), accounts):
        _bring_trades(api, login, account, part, wishes.timezone, report)
    return report


def _read(option: str, path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise Refused(f"--{option}: {path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"--{option}: {path} is no JSON ({error}). Export it again.") from None
    if not isinstance(found, dict):
        raise Refused(f'--{option}: {path} must be an object of account numbers, like {{"500123": …}}.')
    return found


def _accounts(api: Api, files: Files, wishes: Wishes, report: Report) -> dict[str, dict[str, Any]]:
    """Return the account of each login in the files; those without one are in the report."""
    known: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for account in api.get("/api/accounts"):
        if wishes.server in {None, account["server"]}:
            known[account["login"]].append(account)
    found = {}
    for login in dict.fromkeys(login for says in files.values() for login in says):
        try:
            found[login] = _account(api, login, known, wishes, report)
        except Refused as refusal:
            report.add(login, "account", "refused", str(refusal))
    return found


def _account(
    api: Api, login: str, known: Mapping[int, list[dict[str, Any]]], wishes: Wishes, report: Report
) -> dict[str, Any]:
    number = int(login) if login.isascii() and login.isdecimal() and len(login) < 20 else 0
    if not 0 < number <= _HIGHEST:
        raise Refused("This is no account number. Write the login alone, in digits.")
    here = known.get(number, [])
    if len(here) > 1:
        servers = ", ".join(sorted(account["server"] for account in here))
        raise Refused(f"It is at several servers: {servers}. Say which with --server.")
    if here:
        return here[0]
    if not wishes.creates:
        raise Refused(
            f"No account has this login. Register it with `metafleet accounts add --login {number} "
            "--server …`, or repeat this with --create-accounts --server …"
        )
    form = {
        "label": f"MT5 {number}",
        "platform": "mt5",
        "login": number,
        "server": wishes.server,
        "currency": wishes.creates,
        "serverTimezone": wishes.timezone,
    }
    made: dict[str, Any] = api.post("/api/accounts/register", form)
    report.add(login, "account", "taken", f"registered at {made['server']}, in {made['currency']}")
    return made


def _of_known(
    says: Mapping[str, Any], accounts: Mapping[str, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any], Any]]:
    return ((login, accounts[login], value) for login, value in says.items() if login in accounts)


def _say_of(
    api: Api,
    option: str,
    says: Iterator[tuple[str, dict[str, Any], Any]],
    standing: Mapping[str, Mapping[str, Any]],
    report: Report,
) -> None:
    """Set a phase or group of all accounts that are to have the same, at once."""
    name = _FIELDS[option]
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for login, account, value in says:
        word = _word(value)
        if not word or len(word) > LONGEST[option]:
            report.add(
                login,
                name,
                "refused",
                f"Write a word of 1 to {LONGEST[option]} characters; it is {value!r:.60}.",
            )
        elif standing.get(account["id"], {}).get(name) == word:
            report.add(login, name, "known", word)
        else:
            wanted[word].append((login, account["id"]))
    for word, members in wanted.items():
        for start in range(0, len(members), _AT_ONCE):
            _set(api, name, word, members[start : start + _AT_ONCE], report)


def _set(api: Api, name: str, word: str, members: list[tuple[str, str]], report: Report) -> None:
    try:
        api.post("/api/board/bulk", {name: word, "accountIds": [id for _, id in members]})  # noqa: A001
    except ApiRefused as refusal:
        for login, _ in members:
            report.add(login, name, "refused", str(refusal))
        return
    for login, _ in members:
        report.add(login, name, "taken", word)


def _word(value: Any) -> str:
    """Return the word of a text or number; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _bring_trades(
    api: Api, login: str, account: Mapping[str, Any], part: Any, timezone: str, report: Report
) -> None:
    if not isinstance(part, dict) or not isinstance(part.get("trades"), list):
        report.add(login, "trades", "refused", 'It has no list of trades: write {"trades": [...]}.')
        return
    if not part["trades"]:
        report.add(login, "trades", "known", "none in the file")
        return
    content = json.dumps({login: {"trades": part["trades"]}}, ensure_ascii=False).encode()
    try:
        name = f"trade_cache-{login}.json"
        look = api.upload(f"/api/accounts/{account['id']}/imports", (name, content), {"timezone": timezone})
        address = f"/api/imports/{look['id']}"
        if look["new"]:
            look = api.post(f"{address}/confirm")
        else:
            api.delete(address)
    except ApiRefused as refusal:
        report.add(login, "trades", "refused", str(refusal))
        return
    _tell(login, look, report)


def _tell(login: str, look: Mapping[str, Any], report: Report) -> None:
    known, new = look["known"], look["new"]
    if new:
        report.add(login, "trades", "taken", f"{new} deals are new, {known} were known")
    elif known:
        report.add(login, "trades", "known", f"{known} deals")
    for row in look["unreadable"]:
        report.add(login, row["where"], "refused", row["detail"])
    if (more := look["unreadableCount"] - len(look["unreadable"])) > 0:
        report.add(login, "trades", "refused", f"{more} more that cannot be read")
    for row in look["conflicts"]:
        said = (
            f"the journal has {row['field']} {row['journal']}, the file {row['file']}; the journal's stands"
        )
        report.add(login, f"deal {row['ticket']}", "refused", said)
