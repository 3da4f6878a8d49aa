"""What the documentation's pictures show: a fleet that was lived in, made over the API as people make it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from playwright.sync_api import APIResponse, Page

from metafleet.engine.experts.tests.uploads import breakout

ROLLED_OUT = "range-breakout"
FAILS = "session-fade"
WELL, UNWELL = 8, 24
"""Hours that a session opens at; the EA that fails knows of 0 to 23."""
PATIENCE_S = 420.0
SILENCE_S = 100.0
"""After that much of it a terminal's session is over."""
CURVE_S = 95.0
"""Three samples of how an EA does, for its curve."""


class Desk:
    """The demo's person, who operates too, at the API; all of it may be done twice."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        self._url = url

    def get(self, path: str) -> Any:
        return _read(self._page.request.get(self._url + path))

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        fetch = self._page.request.fetch
        return _read(fetch(self._url + path, method=method, data=dict(body), headers=self._guard()))

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, body)

    def wait(self, path: str, until: Callable[[Any], bool]) -> Any:
        """Return what is there once it is as wanted. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE_S
        while not until(found := self.get(path)):
            if time.monotonic() > end:
                raise TimeoutError(f"{path} was not as the pictures need it: {found}")
            self._page.wait_for_timeout(500)
        return found

    def rest(self, seconds: float) -> None:
        self._page.wait_for_timeout(seconds * 1000)

    def upload(self, source: bytes, changelog: str) -> str:
        """Upload a version and wait for the end of its trial; return its id."""
        file = {"name": "ea.py", "mimeType": "text/x-python", "buffer": source}
        made = _read(
            self._page.request.post(
                f"{self._url}/api/operator/eas",
                multipart={"file": file, "changelog": changelog},
                headers=self._guard(),
            )
        )
        self.wait(f"/api/operator/eas/versions/{made['id']}", lambda found: found["state"] != "draft")
        return str(made["id"])

    def register(self, model: Path) -> str:
        """Register a model's file; return the version's id."""
        file = {"name": model.name, "mimeType": "application/octet-stream", "buffer": model.read_bytes()}
        made = self._page.request.post(
            f"{self._url}/api/models", multipart={"file": file}, headers=self._guard()
        )
        return str(_read(made)["id"])

    def release(self, source: bytes, changelog: str) -> str:
        """Upload, approve and release a version; return its id."""
        version = self.upload(source, changelog)
        self.post(f"/api/operator/eas/versions/{version}/approve", note="Read.")
        self.post(f"/api/operator/eas/versions/{version}/release")
        return version

    def deploy(self, slug: str, most: int, symbols: Sequence[str] = (), **inputs: Any) -> list[str]:
        """Deploy an EA on free places of the paper accounts, `most` at most; return the instances' ids.

        symbols: those of the EA that it may take; all of them unless said. inputs: those that differ.
        """
        template = self.get(f"/api/templates/{slug}")
        taken = {(row["accountId"], row["symbol"]) for row in self.get("/api/instances")}
        free = [
            (account["id"], symbol)
            for account in self.get("/api/accounts")
            for symbol in symbols or template["symbols"]
            if (account["id"], symbol) not in taken and account["platform"] == "paper"
        ]
        return [
            self.post(
                "/api/instances", templateId=template["id"], accountId=account, symbol=symbol, inputs=inputs
            )["id"]
            for account, symbol in free[:most]
        ]

    def settled(self, instance: str, state: str) -> None:
        self.wait(f"/api/instances/{instance}", lambda found: found["state"] == state)

    def _guard(self) -> dict[str, str]:
        cookies = self._page.context.cookies()
        token = next(cookie["value"] for cookie in cookies if cookie["name"] == "csrftoken")
        return {"X-CSRFToken": token, "Referer": f"{self._url}/"}


def _read(answer: APIResponse) -> Any:
    if not answer.ok:
        raise RuntimeError(f"{answer.url} said {answer.status}: {answer.text()}")
    return answer.json() if answer.body() else None


def review(desk: Desk) -> str:
    """An EA that waits for its review; return the version's id."""
    for template in desk.get("/api/operator/eas")["templates"]:
        if template["slug"] == "breakout":
            return str(template["versions"][0]["id"])
    return desk.upload(breakout(head="import random"), "Trades the break of a range, both ways.")


def put_into_programme(desk: Desk, account: str) -> None:
    """Let an account be under way in a firm's first phase, some of its limits used."""
    if desk.get("/api/alerts/programmes"):
        return
    (terms,) = (
        row["terms"] for row in desk.get("/api/alerts/programmes/shipped") if row["key"] == "two-step"
    )
    terms |= {"firm": "Prop & Sons", "name": "Two steps"}
    made = desk.post("/api/alerts/programmes", origin="two-step", terms=terms)
    balance = desk.get(f"/api/accounts/{account}")["balance"]
    form = {"accountIds": [account], "phase": "F1", "initialBalance": round(balance * 1.055, 2)}
    desk.post(f"/api/alerts/programmes/{made['id']}/accounts", **form)
    desk.wait(f"/api/accounts/{account}/limits", lambda found: found["state"] == "judged")


def live(desk: Desk) -> None:
    """Let days happen: hosts come and go, an EA is away for a while, one fails, a version is rolled out."""
    if desk.get("/api/operator/rollouts"):
        return
    me = desk.get("/api/me")
    desk.post(f"/api/operator/tenants/{me['tenantId']}/plan", plan="platinum")
    first = desk.get("/api/instances")[0]["id"]
    desk.post(f"/api/instances/{first}/stop", closePositions=False)
    group = _grown(desk)
    failing = _deployed_well(desk)
    _rolled_out(desk)
    rule = {"perHost": 4, "buffer": 1, "minimum": 2, "maximum": 12}
    desk.send("PUT", f"/api/operator/scaling/groups/{group}", rule)
    desk.send("PATCH", f"/api/instances/{failing}", {"inputs": {"session_hour": UNWELL}})
    desk.rest(SILENCE_S)
    desk.post(f"/api/instances/{first}/resume")
    desk.settled(first, "running")
    desk.settled(failing, "error")
    desk.rest(CURVE_S)


def alert(desk: Desk) -> str:
    """Let rules watch the desk, one so closely that it fires; return an incident that is talked about."""
    desk.post("/api/alerts/rules/suggested")
    name = "Fallen from its highest"
    if not any(row["name"] == name for row in desk.get("/api/alerts/rules")):
        desk.post(
            "/api/alerts/rules",
            kind="drawdown",
            name=name,
            params={"limit": 0.5, "unit": "money"},
            actions=["notify", "pause"],
            severity="critical",
        )
    found = desk.wait("/api/alerts/incidents?kind=drawdown", lambda rows: any(row["done"] for row in rows))
    path = f"/api/alerts/incidents/{next(row['id'] for row in found if row['done'])}"
    desk.post(f"{path}/acknowledge")
    desk.post(f"{path}/comment", text="The spread was wide at the open. Watching it.")
    return path.rpartition("/")[2]


def flatten(desk: Desk) -> None:
    """Use the kill switch, and wait until all is flat."""
    if not desk.get("/api/kill-switch"):
        desk.post("/api/kill-switch", id=str(uuid4()), reason="Bad fills since 14:00", confirmation="FLATTEN")
    desk.wait("/api/kill-switch", lambda found: found[0]["flatAt"] is not None)


def instance_of(desk: Desk, slug: str) -> str:
    """Return the id of an instance of this EA."""
    return next(str(row["id"]) for row in desk.get("/api/instances") if row["templateSlug"] == slug)


def rollout(desk: Desk) -> str:
    return str(desk.get("/api/operator/rollouts")[0]["id"])


def _grown(desk: Desk) -> str:
    """A group of simulated hosts that has grown; return its id."""
    rule = {"perHost": 2, "buffer": 2, "minimum": 3, "maximum": 12, "weekendMinimum": 2}
    made = desk.post("/api/operator/scaling/groups", name="frankfurt", usdPerHour=0.096, **rule)
    desk.wait("/api/operator/scaling", lambda found: len(found["decisions"]) > 0)
    return str(made["id"])


def _deployed_well(desk: Desk) -> str:
    """An EA that runs, and will not with other inputs; return its instance's id."""
    source = breakout(slug=FAILS).decode().replace('"Breakout"', '"Session Fade"')
    source = source.replace('"GBPUSD")', '"GBPUSD", "USDJPY")')
    source = source.replace(
        "    volume: float",
        f'    session_hour: int = Input({WELL}, ge=0, le=24, title="Session", unit="h")\n    volume: float',
    ).replace(
        "    def on_bar",
        "    def on_start(self) -> None:\n"
        "        if self.session_hour > 23:\n"
        '            raise ValueError(f"no session opens at {self.session_hour}:00")\n\n'
        "    def on_bar",
    )
    desk.release(source.encode(), "First release.")
    # The other symbols' places are left to what is rolled out.
    [made] = desk.deploy(FAILS, 1, symbols=("USDJPY",))
    desk.settled(made, "running")
    return made


def _rolled_out(desk: Desk) -> None:
    desk.release(breakout(slug=ROLLED_OUT), "First release.")
    for made in desk.deploy(ROLLED_OUT, 3):
        desk.settled(made, "running")
    source = breakout(version="1.1.0", slug=ROLLED_OUT)
    version = desk.release(source, "Waits for a wider range before it trades.")
    wish = {"versionId": version, "canaries": 1, "watchMinutes": 60, "evenWithPositions": True}
    made = desk.post("/api/operator/rollouts", **wish)
    desk.wait(f"/api/operator/rollouts/{made['id']}", lambda found: found["provedAt"] is not None)


def markets(desk: Desk) -> None:
    """Wait until the market was recorded and looked at."""
    desk.wait("/api/markets", lambda board: any(one["cells"][1]["regime"] for one in board["symbols"]))


VARIED: Final = "v.fast_period=6:24:3&v.slow_period=20:60:10&v.stop_atr=1.5:3.5:1&method=grid&windows=3"
"""What the form of an optimisation is shown with, as its address has it."""


def optimisation(desk: Desk) -> str:
    """Search an EA's inputs over the sample; return the id once it is done."""
    template = desk.get("/api/templates/trend-following")
    known = [row["id"] for row in desk.get("/api/optimisations") if row["state"] == "done"]
    if not known:
        ranges = [
            {"name": "fast_period", "from": "6", "to": "24", "step": "3"},
            {"name": "slow_period", "from": "20", "to": "60", "step": "10"},
            {"name": "stop_atr", "from": "1.5", "to": "3.5", "step": "1"},
        ]
        desk.post(
            "/api/optimisations",
            templateId=template["id"],
            symbol="EURUSD",
            ranges=ranges,
            method="grid",
            windows=3,
            ratio=2,
            fewestTrades=5,
        )
        found = desk.wait("/api/optimisations", lambda rows: any(row["state"] == "done" for row in rows))
        known = [row["id"] for row in found if row["state"] == "done"]
    return str(known[0])


def backtests(desk: Desk) -> list[str]:
    """Test an EA twice over the sample, with one input changed; return the ids once both are done."""
    template = desk.get("/api/templates/trend-following")
    known = [row["id"] for row in desk.get("/api/backtests") if row["state"] == "done"]
    if len(known) < 2:
        for fast_period in (9, 15):
            inputs = {"fast_period": fast_period}
            desk.post("/api/backtests", templateId=template["id"], symbol="EURUSD", inputs=inputs)
        found = desk.wait("/api/backtests", lambda rows: sum(row["state"] == "done" for row in rows) >= 2)
        known = [row["id"] for row in found if row["state"] == "done"]
    return known[:2]
