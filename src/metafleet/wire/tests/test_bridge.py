"""The address at which EAs in containers find this machine, tried on the loopback's many addresses."""

from __future__ import annotations

import pytest

from metafleet.wire import bridge


def test_the_text_of_an_interface_is_an_address_and_its_network() -> None:
    found = bridge.parse("172.31.240.1/20")
    assert found.address == "172.31.240.1"
    assert str(found.interface.network) == "172.31.240.0/20"


@pytest.mark.parametrize("text", ["", "here", "172.31.240.1", "172.31.240.0/20", "172.31.240.1/33", "::1/64"])
def test_what_is_no_address_within_a_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        bridge.parse(text)


@pytest.mark.parametrize(
    ("peer", "is_let_in"),
    [
        (("172.31.240.2", 40_000), True),
        (("172.31.255.254", 40_000), True),
        (("172.31.240.1", 40_000), True),  # this machine itself
        (("172.31.239.255", 40_000), False),
        (("192.168.0.7", 40_000), False),
        (None, False),  # gone before anybody looked
    ],
)
def test_only_the_containers_network_is_let_in(peer: object, is_let_in: bool) -> None:
    assert bridge.parse("172.31.240.1/20").lets_in(peer) is is_let_in


def test_an_address_that_the_machine_has_not_got_yet_is_bound_all_the_same() -> None:
    with bridge.parse("192.0.2.1/24").bind(0) as bound:
        assert bound.getsockname()[0] == "192.0.2.1"


def test_a_port_that_is_taken_there_is_refused() -> None:
    there = bridge.parse("127.0.9.1/24")
    with there.bind(0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            there.bind(first.getsockname()[1])
