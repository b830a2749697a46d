"""Who may call the control API, and with what."""

from collections.abc import AsyncIterator

import pytest

from carriers.builders import HANDSET
from carriers.control_setting import Setting
from powerpack_carriers.loopback import BODY_OCTETS_MAX


@pytest.mark.parametrize(
    "base_url",
    ["http://localhost:80", "http://127.0.0.1", "http://127.1.2.3:9", "http://[::1]:80", "http://lab.localhost"],
)
def test_this_machine_s_names_are_welcome(base_url: str) -> None:
    assert Setting().call("GET", "/carriers", base_url=base_url).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "", "[::1"])
def test_a_name_that_is_not_this_machine_s_is_refused(host: str) -> None:
    response = Setting().call("GET", "/carriers", headers={"host": host})

    assert response.status_code == 403
    assert response.json()["error"].startswith(f"found Host {host!r}, expected localhost or a loopback address")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_other_sites_may_not_call(origin: str, status: int) -> None:
    assert Setting().call("GET", "/carriers", headers={"origin": origin}).status_code == status


def test_a_body_that_says_it_is_large_is_refused_unread() -> None:
    response = Setting().call("POST", f"/handsets/{HANDSET}/reply", content=b"x" * (BODY_OCTETS_MAX + 1))

    assert (response.status_code, response.json()["error"]) == (
        413,
        f"found a body of {BODY_OCTETS_MAX + 1} octets, expected {BODY_OCTETS_MAX} at most",
    )


def test_a_body_that_grows_large_is_refused_too() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY_OCTETS_MAX // 1_000 + 1):
            yield b" " * 1_000

    response = Setting().call("POST", f"/handsets/{HANDSET}/reply", content=chunks())

    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    response = Setting().call("POST", "/clock/advance", headers={"content-length": length})

    assert response.status_code == 400
