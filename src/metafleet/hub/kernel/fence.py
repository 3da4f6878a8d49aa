"""Migration operations that put a table behind the tenant fence."""

from __future__ import annotations

from django.db import migrations

_ENABLE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_fence ON {table}
    USING ({column} = app_tenant_id()) WITH CHECK ({column} = app_tenant_id());
"""
_DISABLE = "DROP POLICY tenant_fence ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"


def fence(*tables: str, column: str = "tenant_id") -> list[migrations.RunSQL]:
    """Return operations after which the application role sees only its tenant's rows of these tables."""
    return [
        migrations.RunSQL(_ENABLE.format(table=t, column=column), _DISABLE.format(table=t)) for t in tables
    ]


def operator_look(*tables: str) -> list[migrations.RunSQL]:
    """Return operations after which an operator's scope may read, and only read, all rows of these tables."""
    return [
        migrations.RunSQL(
            f"CREATE POLICY operator_look ON {table} FOR SELECT USING (app_is_operator())",
            f"DROP POLICY operator_look ON {table}",
        )
        for table in tables
    ]


def key_limit(table: str, using: str) -> migrations.RunSQL:
    """Return an operation that says which rows of a table an API key that is limited may see and change.

    using: a condition with `app_key_accounts()` and its like, each in a SELECT of its own, so that it
    is worked out once. A table without one is not there for such a key.
    """
    return migrations.RunSQL(
        f"CREATE POLICY key_limit ON {table} AS RESTRICTIVE TO metafleet_limited USING ({using}); "
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO metafleet_limited",
        f"REVOKE ALL ON {table} FROM metafleet_limited; DROP POLICY key_limit ON {table}",
    )


def door(name: str, arguments: str, returns: str, body: str) -> migrations.RunSQL:
    """Return an operation that creates a narrow door through the fence.

    A door is a SQL function that runs with its owner's rights, because its caller
    does not know the tenant yet. It may give away nothing but what names the tenant.
    """
    kinds = ", ".join(argument.split()[-1] for argument in arguments.split(", "))
    return migrations.RunSQL(
        f"CREATE FUNCTION {name}({arguments}) RETURNS TABLE ({returns}) "
        f"LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $${body}$$; "
        + _grant(f"{name}({kinds})"),
        f"DROP FUNCTION {name}({kinds})",
    )


def for_the_application(function: str) -> migrations.RunSQL:
    """Return an operation that lets the application role call the function, and nobody else.

    function: with its arguments' types, as "fleet_due(timestamptz, int)".
    """
    return migrations.RunSQL(_grant(function), migrations.RunSQL.noop)


def written_door(
    name: str, arguments: str, returns: str, body: str, *, options: str = ""
) -> migrations.RunSQL:
    """Return an operation that creates a door through which one statement writes for many tenants.

    It may write only where a current terminal token's terminal leads it: tenant and account come
    from the terminal's row, never from the caller. `body` is PL/pgSQL; `options` are settings of
    the function, as "SET enable_seqscan = off".
    """
    kinds = ", ".join(argument.split()[-1] for argument in arguments.split(", "))
    return migrations.RunSQL(
        f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS TABLE ({returns}) "
        "LANGUAGE plpgsql VOLATILE SECURITY DEFINER "
        f"SET search_path = public, pg_temp {options} AS $${body}$$; " + _grant(f"{name}({kinds})"),
        f"DROP FUNCTION {name}({kinds})",
    )


def _grant(function: str) -> str:
    return (
        f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC; "
        f"GRANT EXECUTE ON FUNCTION {function} TO metafleet_app;"
    )
