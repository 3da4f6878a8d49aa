"""What a page may load: only what comes from here."""

from __future__ import annotations

from typing import Final

POLICY: Final = "Content-Security-Policy"


def policy(style_nonce: str = "") -> str:
    """Return the Content-Security-Policy: no inline script, and no inline style without the nonce.

    style_nonce: of one load of the app's page, whose libraries place pop-overs, charts and notices by
    style elements of their own.
    """
    styles = f" 'nonce-{style_nonce}'" if style_nonce else ""
    return (
        f"default-src 'self'; img-src 'self' data:; style-src 'self'{styles}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
