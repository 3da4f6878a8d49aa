"""What somebody who signs up tells beside address and password: the name of their desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest

from metafleet.hub.console.sign_in.founding import found
from metafleet.hub.identity.models import User

_ONE_LINE = RegexValidator(
    r"[\x00-\x1f\x7f]", "Leave out control characters, like line ends.", inverse_match=True
)


class DeskForm(forms.Form):
    """allauth's form of signing up begins with these fields, and calls `signup` with the saved person."""

    tenant_name = forms.CharField(
        max_length=80,
        validators=[_ONE_LINE],
        error_messages={"required": "Give your desk a name.", "max_length": "At most 80 characters."},
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        person = User(email=data.get("email") or "")
        try:
            UserAttributeSimilarityValidator(("email",)).validate(data.get("password") or "", person)
        except ValidationError:
            self.add_error("password", "This password is too much like your e-mail address.")
        return data

    def signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002 - allauth's signature
        found(user, self.cleaned_data["tenant_name"])
