"""E-mail to somebody of the desk, through the installation's mail server.

Only to members: an installation that mailed to any address would send strangers what its customers write.
"""

from __future__ import annotations

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings as installation
from django.core.mail import EmailMultiAlternatives
from pydantic import Field

from metafleet.hub.identity.models import Membership
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.channels import wording
from metafleet.hub.monitor.channels.contract import ChannelError, Kind, Letter, Settings
from metafleet.hub.monitor.outgoing import Outside
from metafleet.hub.monitor.weekly.letter import worded


class EmailSettings(Settings):
    to: str = Field(
        title="To", description="The address of somebody of this desk.", pattern=r"^\S+@\S+$", max_length=254
    )


def send(letter: Letter, settings: EmailSettings, outside: Outside) -> str:  # noqa: ARG001 - every kind's call
    with tenant_scope(letter.tenant_id):
        if not Membership.objects.filter(
            tenant_id=letter.tenant_id, user__email__iexact=settings.to, user__is_active=True
        ).exists():
            raise ChannelError(f"Nobody of this desk has the address {settings.to}.", permanent=True)
    if not installation.SENDS_MAIL:
        raise ChannelError("This server sends no mail: METAFLEET_EMAIL_URL is not set.", permanent=False)
    mail = _worded(letter)
    mail.to = [settings.to]
    mail.extra_headers = {"Message-ID": f"<{letter.delivery_id}@metafleet>"}
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        raise ChannelError(f"The mail server refuses {settings.to}.", permanent=True) from error
    except (SMTPException, OSError) as error:
        raise ChannelError(f"The mail server did not take it: {error}"[:300], permanent=False) from error
    return "taken by the mail server"


def _worded(letter: Letter) -> EmailMultiAlternatives:
    figures = letter.message.get("figures")
    if figures is None:
        subject = " ".join(wording.headline(letter.message).split())
        return EmailMultiAlternatives(subject=subject, body=wording.body(letter.message))
    report = worded(figures)
    mail = EmailMultiAlternatives(subject=" ".join(report.subject.split()), body=report.text)
    mail.attach_alternative(report.html, "text/html")
    return mail


KIND = Kind("email", "E-mail", "A mail to somebody of this desk.", EmailSettings, send)
