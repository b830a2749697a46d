"""Plain data into dataclasses."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, IntEnum

import pytest

from powerpack_carriers.settings import (
    READ,
    SettingError,
    between,
    read_settings,
    read_status,
    receipt_error,
)
from powerpack_carriers.smpp.constants import CommandStatus


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True, kw_only=True)
class Inner:
    share: float

    def __post_init__(self) -> None:
        between("share", self.share, 0, 1)


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str
    count: int = 0
    is_on: bool = False
    day: date | None = None
    colour: Colour = Colour.RED
    level: Level = Level.LOW
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    status: int = field(default=0, metadata={READ: read_status})


def test_all_kinds_of_values_are_read() -> None:
    found = read_settings(
        Outer,
        {
            "name": "x",
            "count": 3,
            "is_on": True,
            "day": date(2026, 1, 2),
            "colour": "blue",
            "level": "HIGH",
            "inner": {"share": 1},
            "inners": [{"share": 0.5}],
            "status": "ESME_RTHROTTLED",
        },
    )

    assert found == Outer(
        name="x",
        count=3,
        is_on=True,
        day=date(2026, 1, 2),
        colour=Colour.BLUE,
        level=Level.HIGH,
        inner=Inner(share=1.0),
        inners=(Inner(share=0.5),),
        status=CommandStatus.ESME_RTHROTTLED,
    )


def test_what_may_be_none_may_be_null() -> None:
    assert read_settings(Outer, {"name": "x", "day": None}).day is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "name: missing"),
        ({"name": 3}, "name: found 3, expected a string"),
        ({"name": "x", "nmae": 1}, "nmae: unknown; expected one of name, count, is_on, day, colour, level, inner"),
        ({"name": "x", "count": True}, "count: found True, expected a whole number"),
        ({"name": "x", "count": 1.5}, "count: found 1.5, expected a whole number"),
        ({"name": "x", "is_on": 1}, "is_on: found 1, expected true or false"),
        ({"name": "x", "day": "monday"}, "day: found 'monday', expected a date such as 2026-11-22"),
        ({"name": "x", "colour": "green"}, "colour: found 'green', expected one of 'red', 'blue'"),
        ({"name": "x", "level": 1}, "level: found 1, expected one of 'LOW', 'HIGH'"),
        ({"name": "x", "inner": 1}, "inner: found 1, expected a table"),
        ({"name": "x", "inner": {"share": "a"}}, "inner.share: found 'a', expected a number"),
        ({"name": "x", "inner": {"share": 10**400}}, "inner.share: found a whole number beyond all that"),
        ({"name": "x", "inner": {"share": 2}}, "inner.share: found 2.0, expected 0 to 1"),
        ({"name": "x", "inners": {}}, "inners: found {}, expected a list"),
        ({"name": "x", "inners": [{"share": 1}, {}]}, "inners[1].share: missing"),
        ({"name": "x", "status": "ESME_NO"}, "status: found 'ESME_NO', expected a name such as 'ESME_RTHROTTLED'"),
        ({"name": "x", "status": True}, "status: found True, expected a name such as"),
        ({"name": "x", "status": -1}, "status: found -1, expected a name such as"),
    ],
)
def test_the_first_mistake_is_named_with_its_key(data: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings(Outer, data)

    assert str(caught.value).startswith(problem)


def test_a_vendor_s_status_is_a_number() -> None:
    assert read_status(9802) == 9802


@pytest.mark.parametrize("error", ["", "00000", "a b"])
def test_a_receipt_s_error_has_one_to_four_letters_or_digits(error: str) -> None:
    with pytest.raises(ValueError, match="expected one to four letters or digits"):
        receipt_error("error", error)
