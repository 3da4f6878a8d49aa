"""A terminal enrols itself with its pairing code."""

from __future__ import annotations

from typing import Final

DOOR: Final = "SELECT tenant_id, terminal_id FROM gateway_pairing(%(code_hash)s)"

# All that follow run in one transaction of the terminal's tenant. The terminal's row is
# held first, by whoever gives a code out too: of two that use one code, one waits here.
HOLD: Final = "SELECT 1 FROM fleet_terminal WHERE id = %(terminal)s FOR UPDATE"

LOOK: Final = """
    SELECT code.expires_at, code.used_at, account.id, account.platform::text, account.login,
           account.server::text, account.label, account.deleted_at IS NOT NULL
    FROM fleet_pairingcode code
    JOIN fleet_terminal terminal ON terminal.id = code.terminal_id
    JOIN fleet_tradingaccount account ON account.id = terminal.account_id
    WHERE code.code_hash = %(code_hash)s AND code.terminal_id = %(terminal)s
"""

USE: Final = """
    UPDATE fleet_pairingcode SET used_at = %(now)s, updated_at = %(now)s
    WHERE code_hash = %(code_hash)s AND used_at IS NULL
"""

# The next version ends every token that was given out before; the first one has none to end
# but costs nothing. What the terminal said before it was paired anew is forgotten.
ENROL: Final = """
    UPDATE fleet_terminal
    SET token_version = token_version + 1, revoked_at = NULL, enrolled_at = %(now)s,
        build = coalesce(%(build)s, build), protocol = NULL, updated_at = %(now)s
    WHERE id = %(terminal)s
    RETURNING token_version, label, account_id
"""

RECORD: Final = """
    INSERT INTO audit_auditentry (id, tenant_id, at, actor, action, subject_id, subject, detail, origin,
                                  created_at)
    VALUES (gen_random_uuid(), %(tenant)s, %(now)s, 'system:terminal', 'terminal.enrolled', %(terminal)s,
            %(subject)s, %(detail)s::jsonb, '{"via": "terminal"}', %(now)s)
"""
