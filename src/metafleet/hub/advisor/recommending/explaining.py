"""Have an author outside put a recommendation in words; the template's text stands until that is good."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from metafleet.hub.advisor.models import Explanation
from metafleet.hub.advisor.recommending import queries
from metafleet.hub.advisor.recommending.records import Evidence
from metafleet.hub.advisor.words import checking, template
from metafleet.hub.advisor.words.authors import Author, Bedrock, OpenAI, Silent
from metafleet.hub.kernel import live
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.outgoing import Outside

MOST_ATTEMPTS: Final = 3
_AGAIN: Final = (timedelta(minutes=1), timedelta(minutes=10))


def author() -> Author | None:
    """Return who is asked, by the settings; None where the template is all."""
    if settings.ADVISOR_AUTHOR == "bedrock" and settings.ADVISOR_MODEL:
        return Bedrock(settings.ADVISOR_REGION, settings.ADVISOR_MODEL)
    if settings.ADVISOR_AUTHOR == "openai" and settings.ADVISOR_MODEL:
        outside = Outside(networks=settings.WEBHOOK_NETWORKS)
        return OpenAI(settings.ADVISOR_URL, settings.ADVISOR_MODEL, settings.ADVISOR_KEY, outside)
    return None


def explain(*, tenant_id: UUID, explanation_id: UUID, by: Author, now: datetime) -> Explanation | None:
    """Ask the author and keep the text if it may be shown; None where it is not due.

    The author is asked outside of any transaction. A silent one is asked again, MOST_ATTEMPTS times in all;
    one that brings numbers of its own is not, for it would again.
    """
    with tenant_scope(tenant_id):
        row = queries.explanation(tenant_id=tenant_id, explanation_id=explanation_id)
        if row is None or row.due_at is None or row.due_at > now:
            return None
        told = row.recommendation
        facts = template.facts_of(
            told.version.template.name, told.symbol, msgspec.convert(told.evidence, Evidence)
        )
    text, note, is_over = "", "", True
    try:
        text = by.explain(facts)
        if fault := checking.fault(text, facts):
            text, note = "", f"The text of {by.name} is not shown: {fault}."
    except Silent as silent:
        note, is_over = f"No text from {by.name}: {silent}."[:300], row.attempts + 1 >= MOST_ATTEMPTS
    with tenant_scope(tenant_id):
        if text:
            row.text, row.author = text, by.name
        row.note, row.attempts = note[:300], row.attempts + 1
        row.due_at = None if is_over else now + _AGAIN[min(row.attempts, len(_AGAIN)) - 1]
        row.save(update_fields=["text", "author", "note", "attempts", "due_at", "updated_at"])
        live.publish_on_commit(tenant_id, "recommendations", explained=str(row.recommendation_id))
    return row
