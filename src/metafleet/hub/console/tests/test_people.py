"""Members, invitations, desks, and support: who is let in, how far, and that it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import post
from metafleet.hub.identity.models import Invitation, Membership, Role, SupportAccess, User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect


def user_of(person: Person) -> User:
    return User.objects.get(email=person.email)


def put(client: Client, address: str, form: Any) -> Any:
    return client.put(address, form, content_type="application/json")


def invited(owner: Person, email: str = "new@example.com", role: str = "trader") -> str:
    """Invite somebody; return the link's token."""
    answer = post(owner.client, "/api/people/invitations", {"email": email, "role": role})
    assert answer.status_code == 201, answer.json()
    url: str = answer.json()["url"]
    return url.rpartition("/")[2]


def actions(person: Person) -> list[str]:
    with tenant_scope(person.tenant_id):
        return list(AuditEntry.objects.values_list("action", flat=True))


def test_who_is_invited_joins_by_a_link_that_works_once(alice: Person, charlie: Person) -> None:
    token = invited(alice)
    offer = Client().get(f"/api/invitations/{token}").json()
    assert (offer["desk"], offer["role"], offer["invitedBy"]) == (alice.email, "trader", alice.email)
    assert Client().post(f"/api/invitations/{token}/accept").status_code == 401
    assert charlie.client.post(f"/api/invitations/{token}/accept").status_code == 204
    me = charlie.client.get("/api/me").json()
    assert (me["tenantName"], me["role"]) == (alice.email, "trader")
    assert charlie.client.post(f"/api/invitations/{token}/accept").status_code == 404
    assert Client().get(f"/api/invitations/{token}").status_code == 404
    assert {"member.invited", "member.joined"} <= set(actions(alice))


def test_a_link_is_kept_as_a_hash_and_told_once(alice: Person) -> None:
    token = invited(alice)
    assert token not in alice.client.get("/api/people").content.decode()
    with tenant_scope(alice.tenant_id):
        assert len(bytes(Invitation.objects.get().token_hash)) == 32


def test_a_link_ends_by_itself_and_at_once_when_it_is_taken_back(alice: Person) -> None:
    late, revoked, older = invited(alice, "a@x.com"), invited(alice, "b@x.com"), invited(alice, "c@x.com")
    with tenant_scope(alice.tenant_id):
        Invitation.objects.filter(email="a@x.com").update(expires_at=clock.now())
        rows = {row.email: row.id for row in Invitation.objects.all()}
    assert alice.client.delete(f"/api/people/invitations/{rows['b@x.com']}").status_code == 204
    again = post(alice.client, f"/api/people/invitations/{rows['c@x.com']}/resend", {}).json()["url"]
    for token in (late, revoked, older, "x"):
        assert Client().get(f"/api/invitations/{token}").status_code == 404
    assert Client().get(f"/api/invitations/{again.rpartition('/')[2]}").status_code == 200


def test_with_a_mail_server_the_link_goes_by_mail_alone(alice: Person, settings: Any) -> None:
    settings.SENDS_MAIL = True
    form = {"email": "new@example.com", "role": "viewer"}
    assert post(alice.client, "/api/people/invitations", form).json()["url"] is None
    [sent] = mail.outbox
    assert sent.to == ["new@example.com"]
    assert "/invitation/" in str(sent.body)


def test_a_role_counts_from_the_next_request(alice: Person, tess: Person) -> None:
    assert put(alice.client, f"/api/people/{user_of(tess).id}", {"role": "viewer"}).status_code == 200
    assert tess.client.get("/api/me").json()["role"] == "viewer"
    assert post(tess.client, "/api/instances", {}).status_code == 403
    assert alice.client.delete(f"/api/people/{user_of(tess).id}").status_code == 204
    assert tess.client.get("/api/me").status_code == 401
    assert {"member.role_changed", "member.removed"} <= set(actions(alice))


def test_the_last_owner_stays(alice: Person, bob: Person) -> None:
    own = f"/api/people/{user_of(alice).id}"
    for answer in (
        put(alice.client, own, {"role": "viewer"}),
        alice.client.delete(own),
        post(alice.client, "/api/people/leave", {}),
    ):
        assert answer.status_code == 409
        assert "last owner" in answer.json()["detail"]
    assert put(alice.client, f"/api/people/{user_of(bob).id}", {"role": "owner"}).status_code == 200
    assert post(alice.client, "/api/people/leave", {}).status_code == 204
    assert [row["email"] for row in bob.client.get("/api/people").json()["members"]] == [bob.email]


def test_only_owners_change_who_belongs(alice: Person, tess: Person, bob: Person) -> None:
    for person in (tess, bob):
        form = {"email": "x@x.com", "role": "viewer"}
        assert post(person.client, "/api/people/invitations", form).status_code == 403
        assert person.client.get("/api/people").status_code == 200


def test_a_person_of_several_desks_switches(alice: Person, charlie: Person) -> None:
    with tenant_scope(alice.tenant_id):
        Membership.objects.create(tenant_id=alice.tenant_id, user=user_of(charlie), role=Role.VIEWER)
    desks = charlie.client.get("/api/me/desks").json()
    assert [row["isCurrent"] for row in desks] == [True, False]
    assert post(charlie.client, "/api/me/desk", {"tenantId": str(alice.tenant_id)}).status_code == 204
    assert charlie.client.get("/api/me").json()["role"] == "viewer"
    assert post(alice.client, "/api/me/desk", {"tenantId": str(charlie.tenant_id)}).status_code == 404


def asked(alice: Person, oscar: Person) -> str:
    base = f"/api/operator/tenants/{alice.tenant_id}/support"
    told: dict[str, str] = post(oscar.client, base, {"reason": "EA stands still"}).json()
    return told["id"]


def enter(alice: Person, oscar: Person) -> int:
    return int(post(oscar.client, f"/api/operator/tenants/{alice.tenant_id}/support/enter", {}).status_code)


def test_support_looks_in_only_while_the_owner_lets_them(alice: Person, oscar: Person) -> None:
    connect(alice)
    assert oscar.client.get("/api/accounts").json() == []
    access = asked(alice, oscar)
    assert enter(alice, oscar) == 409
    answer = post(alice.client, f"/api/support/{access}/grant", {"hours": 4})
    assert answer.json()["state"] == "granted"
    assert enter(alice, oscar) == 204
    assert oscar.client.get("/api/accounts").json()[0]["label"] == "Demo"
    me = oscar.client.get("/api/me").json()
    assert (me["tenantName"], me["role"], me["support"]["isYou"]) == (alice.email, "viewer", True)
    assert alice.client.get("/api/me").json()["support"]["operator"] == oscar.email
    # They look and never act, and leave the platform's pages outside.
    assert post(oscar.client, "/api/instances", {}).status_code == 403
    assert post(oscar.client, "/api/keys", {}).status_code == 403
    assert oscar.client.get("/api/operator/overview").status_code == 404
    assert post(alice.client, f"/api/support/{access}/end", {}).json()["state"] == "over"
    assert oscar.client.get("/api/accounts").json() == []
    assert oscar.client.get("/api/me").json()["tenantName"] == oscar.email


def test_every_look_of_support_is_on_the_customers_record(alice: Person, oscar: Person) -> None:
    access = asked(alice, oscar)
    post(alice.client, f"/api/support/{access}/grant", {"hours": 1})
    enter(alice, oscar)
    for _ in range(2):
        oscar.client.get("/api/accounts")
    oscar.client.get("/api/trades")
    post(oscar.client, "/api/support/leave", {})
    with tenant_scope(alice.tenant_id):
        looks = AuditEntry.objects.filter(action="support.looked").order_by("at")
        assert [row.subject for row in looks][:2] == ["/api/accounts", "/api/trades"]
        assert {(row.actor, row.origin["via"]) for row in looks} == {(f"support ({oscar.email})", "support")}
    told = actions(alice)
    assert {"support.asked", "support.granted", "support.entered"} <= set(told)


def test_support_ends_by_itself(alice: Person, oscar: Person) -> None:
    assert post(alice.client, "/api/support", {"hours": 72, "mayAct": True}).status_code == 201
    assert enter(alice, oscar) == 204
    assert "deploy" in oscar.client.get("/api/me").json()["rights"]
    with tenant_scope(alice.tenant_id):
        until = SupportAccess.objects.get().expires_at
        assert timedelta(hours=71) < until - clock.now() <= timedelta(hours=72)
        SupportAccess.objects.update(expires_at=clock.now())
    assert oscar.client.get("/api/me").json()["tenantName"] == oscar.email
    assert alice.client.get("/api/me").json()["support"] is None


def test_nobody_but_an_operator_enters(alice: Person, charlie: Person, ada: Person) -> None:
    post(alice.client, "/api/support", {"hours": 1})
    assert enter(alice, charlie) == 404
    assert enter(alice, ada) == 404


@pytest.mark.parametrize("hours", [0, 2, 100])
def test_support_is_granted_for_hours_on_the_list(alice: Person, hours: int) -> None:
    assert post(alice.client, "/api/support", {"hours": hours}).status_code == 400
