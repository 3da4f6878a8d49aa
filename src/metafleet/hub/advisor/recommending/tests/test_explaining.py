from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from metafleet.hub.advisor.models import Explanation
from metafleet.hub.advisor.recommending import explaining
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, known
from metafleet.hub.advisor.words.authors import OpenAI
from metafleet.hub.advisor.words.tests.answering import answering
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.outgoing import Outside
from tests.cast import NOW, Person

pytestmark = pytest.mark.usefixtures("catalogue")


def explain(person: Person, url: str, now: datetime = NOW) -> Explanation | None:
    return explaining.explain(
        tenant_id=person.tenant_id,
        explanation_id=kept(person).id,
        by=OpenAI(url, "small", "", Outside()),
        now=now,
    )


def kept(person: Person) -> Explanation:
    with tenant_scope(person.tenant_id):
        return Explanation.objects.get()


@pytest.fixture
def advised(alice: Person) -> str:
    """The template's text."""
    advise(alice, known(candidate("mean-reversion")), asks_outside=True)
    return kept(alice).text


def test_a_good_text_takes_the_templates_place(alice: Person, advised: str) -> None:
    said = "The evidence supports Mean Reversion on EURUSD; expect bad days, too, and begin on paper."
    with answering(text=said) as there:
        assert explain(alice, there.url) is not None
        assert explain(alice, there.url) is None  # not due any more
    row = kept(alice)
    assert (row.text, row.author, row.note, row.due_at) == (said, "openai", "", None)
    assert row.text != advised


def test_a_text_with_a_number_of_its_own_is_not_shown_and_that_is_noted(alice: Person, advised: str) -> None:
    with answering(text="Mean Reversion on EURUSD will make 347.11 USD for sure, so go ahead now.") as there:
        explain(alice, there.url)
    row = kept(alice)
    assert (row.text, row.author, row.due_at) == (advised, "template", None)
    assert "it says 347.11, which is none of the numbers given" in row.note


def test_a_silent_author_is_asked_three_times_and_blocks_nothing(alice: Person, advised: str) -> None:
    now = NOW
    with answering(status=503, body=b"") as there:
        for attempt in (1, 2, 3):
            assert explain(alice, there.url, now) is not None
            row = kept(alice)
            assert (row.text, row.attempts) == (advised, attempt)
            assert "status 503" in row.note
            now += timedelta(hours=1)
        assert row.due_at is None
        assert explain(alice, there.url, now) is None
    assert len(there.asked) == 3


def test_the_settings_say_who_is_asked(settings: Any) -> None:
    assert explaining.author() is None
    settings.ADVISOR_AUTHOR = "openai"
    assert explaining.author() is None
    settings.ADVISOR_MODEL = "small"
    author = explaining.author()
    assert author is not None
    assert author.name == "openai"
    settings.ADVISOR_AUTHOR = "bedrock"
    author = explaining.author()
    assert author is not None
    assert author.name == "bedrock"
