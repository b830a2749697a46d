"""Factories and numbers: valid, nobody's, and the same for the same seed."""
# mypy: disable-error-code="no-untyped-call"
# factory_boy says that it is typed; not all of it is.

from collections.abc import Callable, Iterator
from random import Random

import factory.random
import phonenumbers
import pytest

from contract_support import Api
from live_api import Live
from plugin_support import run_tests
from powerpack_gateway.encoding import encode_text
from powerpack_gateway.nanp import region_of, type_of
from powerpack_gateway.numbers import NumberType
from powerpack_gateway.receipts import ReceiptState, parse_receipt
from powerpack_lab import factories, reserved
from powerpack_lab.config import DEFAULT_NUMBERS
from powerpack_lab.lab import Lab
from powerpack_lab.sample_texts import Alphabet, sample_text

ALL = [getattr(factories, name) for name in factories.__all__]


@pytest.fixture(autouse=True)
def _seed() -> None:
    factory.random.reseed_random(7)


@pytest.fixture
def live() -> Iterator[Live]:
    """The API of a running lab."""
    live = Live()
    with live.lab:
        yield live


@pytest.mark.parametrize("made", ALL, ids=factories.__all__)
def test_a_seed_repeats_what_a_factory_makes(made: Callable[[], object]) -> None:
    first = [made() for _ in range(3)]
    factory.random.reseed_random(7)

    assert [made() for _ in range(3)] == first


def test_the_labs_own_numbers_are_on_no_line_of_a_phone() -> None:
    own = [each.number for each in DEFAULT_NUMBERS if "55501" in each.number and each.type is NumberType.LONGCODE]

    assert own
    assert not [number for number in own if int(number[-2:]) in reserved.HANDSET_LINES]


def test_a_lab_of_more_numbers_than_there_are_is_an_error() -> None:
    with pytest.raises(ValueError, match="size: found 1000000, expected 0 to "):
        factories.LabConfigFactory.build(size=1_000_000)


def test_reserved_numbers_are_possible_and_none_of_the_labs_own() -> None:
    dice = Random(1)

    numbers = [reserved.reserved_number(dice) for _ in range(500)]

    assert all(phonenumbers.is_possible_number(phonenumbers.parse(number)) for number in numbers)
    assert all(number[5:10] == "55501" for number in numbers)
    assert not {number[1:] for number in numbers} & {each.number for each in DEFAULT_NUMBERS}


@pytest.mark.parametrize("carrier", ["att", "tmobile", "verizon", "rogers", "bell"])
def test_a_carriers_number_is_served_by_it_in_a_lab(carrier: str) -> None:
    numbers = [factories.HandsetNumberFactory.build(carrier=carrier) for _ in range(20)]

    with Lab(clock="virtual") as lab:
        assert {lab.stack.directory.carrier_of(number) for number in numbers} == {carrier}


@pytest.mark.parametrize(
    ("asked", "area_codes"),
    [
        ({"area_code": "206"}, {"206"}),
        ({"region": "AK"}, {"907"}),
        ({"country": "CA", "region": "NB"}, {"506", "428"}),
    ],
)
def test_a_number_is_where_it_was_asked_for(asked: dict[str, str], area_codes: set[str]) -> None:
    numbers = [reserved.reserved_number(Random(n), **asked) for n in range(50)]

    assert {number[2:5] for number in numbers} == area_codes


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"region": "XX"}, "no area code for XX"),
        ({"country": "DE"}, "no area code for DE"),
        ({"carrier": "acme"}, "carrier: found 'acme', expected one of att"),
        ({"carrier": "generic"}, "no number for generic"),
    ],
)
def test_a_number_that_there_is_not_is_an_error(asked: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reserved.reserved_number(Random(1), **asked)


@pytest.mark.parametrize("alphabet", list(Alphabet))
@pytest.mark.parametrize("parts", [1, 2, 3, 10])
def test_a_text_has_the_alphabet_and_the_parts_that_were_asked_for(alphabet: Alphabet, parts: int) -> None:
    for seed in range(50):
        encoded = encode_text(sample_text(Random(seed), alphabet, parts))

        assert (encoded.units, encoded.data_coding) == (parts, 8 if alphabet is Alphabet.UCS2 else 0)


@pytest.mark.parametrize(("alphabet", "parts"), [("gsm8", 1), ("gsm7", 0), ("ucs2", 11)])
def test_a_text_that_there_is_not_is_an_error(alphabet: str, parts: int) -> None:
    with pytest.raises(ValueError, match="found"):
        sample_text(Random(1), alphabet, parts)


def test_numbers_come_in_three_kinds() -> None:
    longcode = factories.PhoneNumberFactory.build(area_code="206")
    tollfree = factories.PhoneNumberFactory.build(tollfree=True)
    shortcode = factories.PhoneNumberFactory.build(shortcode=True)

    assert [each.type for each in (longcode, tollfree, shortcode)] == [
        NumberType.LONGCODE,
        NumberType.TOLLFREE,
        NumberType.SHORTCODE,
    ]
    assert all(each.can_send and type_of(each.number) is each.type for each in (longcode, tollfree, shortcode))
    assert (longcode.region, region_of(longcode.number)) == ("WA", "WA")


def test_a_receipt_is_one_that_the_gateway_reads() -> None:
    text = factories.ReceiptTextFactory.build(message_id="5bbc9275", stat="UNDELIV", error="034")

    receipt = parse_receipt(text.encode("ascii"), {})

    assert (receipt.message_id, receipt.state, receipt.error) == ("5bbc9275", ReceiptState.UNDELIVERABLE, "034")


def test_a_made_up_company_is_registered_and_its_campaign_approved(live: Live) -> None:
    profile = live.ok("POST", "Profile/", factories.ProfileParamsFactory.build())["profile_uuid"]
    wanted = factories.BrandParamsFactory.build(profile_uuid=profile)
    brand = live.ok("POST", "10dlc/Brand/", wanted)["brand_id"]
    live.decided()
    wanted = factories.CampaignParamsFactory.build(brand_id=brand)
    campaign = live.ok("POST", "10dlc/Campaign/", wanted)["campaign_id"]
    live.decided()

    assert live.ok("GET", f"10dlc/Brand/{brand}/")["brand"]["registration_status"] == "COMPLETED"
    assert live.ok("GET", f"10dlc/Campaign/{campaign}/")["campaign"]["registration_status"] == "COMPLETED"


@pytest.mark.parametrize(("kind", "begin"), [("image/png", b"\x89PNG"), ("image/gif", b"GIF89a"), ("audio/mpeg", b"")])
def test_media_look_like_what_they_are_called(kind: str, begin: bytes) -> None:
    media = factories.MediaFactory.build(kind=kind, size=200)

    assert (media.content_type, media.size) == (kind, 200)
    assert media.data.startswith(begin)
    assert media.name.endswith(kind.partition("/")[2])


def test_a_made_up_lab_runs() -> None:
    config = factories.LabConfigFactory.build(size=12)

    with Lab(clock="virtual", config=config) as lab:
        assert Api(lab).get("Number/").body["meta"]["total_count"] == 12


def test_the_fixture_draws_from_the_tests_seed_and_puts_the_dice_back(pytester: pytest.Pytester) -> None:
    before = factory.random.get_random_state()

    result = run_tests(
        pytester,
        """
        import pytest

        made = []

        @pytest.mark.powerpack(seed=7)
        @pytest.mark.parametrize("turn", range(2))
        def test_same(powerpack_factories, powerpack_faker, turn):
            made.append((powerpack_factories.MessageParamsFactory(), powerpack_faker.handset_number()))
            assert made[0] == made[-1]

        def test_other(powerpack_factories, powerpack_faker):
            assert powerpack_factories.MessageParamsFactory() != made[0][0]
        """,
    )

    result.assert_outcomes(passed=3)
    assert factory.random.get_random_state() == before


def test_without_the_extra_its_fixtures_say_what_to_install(pytester: pytest.Pytester) -> None:
    result = run_tests(
        pytester,
        """
        import sys
        import pytest

        @pytest.fixture
        def without(monkeypatch):
            for name in ("factory", "factory.random", "faker"):
                monkeypatch.setitem(sys.modules, name, None)

        def test_factories(without, powerpack_factories):
            pass

        def test_faker(without, powerpack_faker):
            pass
        """,
    )

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*this fixture is in the extra, pip install 'powerpack-lab[[]factories]'"] * 2)
