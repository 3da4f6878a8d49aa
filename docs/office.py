"""What a desk has beside its trades, for the pictures: colleagues, keys, support, channels, a status page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scenery import Desk

COLLEAGUES = (("ben@example.com", "trader"), ("vera@example.com", "viewer"))
DEMO = "demo@metafleet.local"


def furnish(desk: Desk, operator: Desk) -> None:
    """Make all of it once; `operator` is somebody else, who asks for support."""
    if desk.get("/api/people")["invitations"]:
        return
    for email, role in COLLEAGUES:
        desk.post("/api/people/invitations", email=email, role=role)
    desk.post("/api/keys", name="Nightly figures", scopes=["read"])
    account = desk.get("/api/accounts")[0]["id"]
    desk.post("/api/keys", name="Copier", scopes=["read", "trade"], accountIds=[account], expiresInDays=30)
    _told(desk)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    desk.post(
        "/api/alerts/maintenance",
        startsAt=(now + timedelta(days=2)).isoformat(),
        endsAt=(now + timedelta(days=2, hours=2)).isoformat(),
        reason="The VPS moves to another rack",
    )
    tenant = desk.get("/api/me")["tenantId"]
    path = f"/api/operator/tenants/{tenant}/support"
    operator.post(path, reason="You wrote that an EA does not start")


def publish(desk: Desk) -> str:
    """Make a public status page and return its path."""
    made = desk.post("/api/alerts/status-pages", title="Demo desk", showsAccounts=True)
    return "/status/" + str(made["url"]).rpartition("/status/")[2]


WEEKLY = "/api/alerts/weekly-report?week=this&timezone=Europe/London"


def _told(desk: Desk) -> None:
    mail = desk.post("/api/alerts/channels", kind="email", name="Owner", settings={"to": DEMO})
    path = f"/api/alerts/channels/{mail['id']}"
    desk.send("PUT", f"{path}/weekly-report", {"isOn": True, "hour": 8, "timezone": "Europe/London"})
    desk.post(
        "/api/alerts/channels",
        kind="email",
        name="Out of hours",
        settings={"to": DEMO},
        minSeverity="critical",
        isForEscalation=True,
    )
