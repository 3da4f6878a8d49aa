from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from metafleet.cli.given_servers import GivenServerRefused, check_database, check_redis
from metafleet.cli.servers import Servers


@pytest.mark.parametrize(
    ("check", "url", "setting"),
    [
        (check_database, "postgresql://user:hunter2@127.0.0.1:{port}/x", "DATABASE_URL"),
        (check_redis, "redis://:hunter2@127.0.0.1:{port}/0", "REDIS_URL"),
        (check_redis, "unix:///no/such/socket?db=0", "REDIS_URL"),
    ],
)
def test_a_server_that_does_not_answer_is_refused_without_its_password(
    check: Callable[[str, float], None], url: str, setting: str
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(GivenServerRefused, match=f"correct {setting}") as refusal:
            check(url.format(port=nobody.getsockname()[1]), 0.0)
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_servers_that_answer_are_taken(servers: Servers) -> None:
    check_database(servers.database_url, 0.0)
    check_redis(servers.redis_url, 0.0)
