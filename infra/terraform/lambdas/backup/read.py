"""Read every value of a restored database, in the product's image: `python -c` of this file.

DATABASE_URL: the owner's, of the database that was backed up; READ_HOST: where the restored one is. Each row
is turned into text, long values included, and RDS keeps checksums of pages: what is broken is an error. Exits
1 for that, or for a database without the product's tables.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

TABLES = (
    "SELECT schemaname, tablename FROM pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
)


def restored(url: str, host: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "host"]
    login = parts.netloc.rpartition("@")[0]
    place = f"{login}@{host}:{parts.port or 5432}" if not host.startswith("/") else f"{login}@"
    query += [("host", host)] if host.startswith("/") else []
    return urlunsplit(parts._replace(netloc=place, query=urlencode(query)))


def main() -> int:
    rows = 0
    with psycopg.connect(restored(os.environ["DATABASE_URL"], os.environ["READ_HOST"])) as database:
        tables = database.execute(TABLES).fetchall()
        for schema, table in tables:
            counted = database.execute(
                sql.SQL("SELECT count(each::text) FROM {} AS each").format(sql.Identifier(schema, table))
            ).fetchone()
            found = counted[0] if counted else 0
            rows += found
            sys.stdout.write(f"{schema}.{table}: {found}\n")
        migrated = database.execute("SELECT count(*) FROM django_migrations").fetchone()
    sys.stdout.write(f"{len(tables)} tables, {rows} rows\n")
    return 0 if migrated and migrated[0] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
