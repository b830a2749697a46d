"""``powerpack-lab up`` with its state in PostgreSQL."""

from pathlib import Path

import pytest

from lab.sandbox_support import Up, refused

ANA = "14155550123"


def test_a_sandbox_on_postgresql_starts_again_where_it_was_and_its_clock_can_be_pushed(
    tmp_path: Path, database: str
) -> None:
    options = ("--store", database, "--seed", "7")
    with Up(tmp_path, *options) as up:
        uuid = up.accept(ANA, "Hello")
        assert up.settled(uuid)["message_state"] == "delivered"
        waiting = [up.accept(ANA, f"text {place}") for place in range(5)]
        assert up.control("POST", "clock/advance", {"seconds": 120}).status == 200
        assert [up.settled(each)["message_state"] for each in waiting] == ["delivered"] * 5
        assert up.end() == 0
    with Up(tmp_path, *options) as up:
        assert up.settled(uuid)["message_state"] == "delivered"
        assert up.end() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--store", "mysql://x"), "--store begins with mysql://, expected postgresql://user@host/database or a file"),
        (("--store", "a.db", "--state", "b.db"), "--state and --store were both given, expected one of them"),
    ],
)
def test_a_store_that_can_not_be_is_refused_by_name(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    ended = refused("up", *options, cwd=tmp_path)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"powerpack-lab: {words}")
