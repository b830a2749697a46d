"""The Faker provider: what each of its words gives, and that a seed repeats it."""

import re

import faker
import pytest

from powerpack_gateway.encoding import encode_text
from powerpack_gateway.receipts import parse_receipt
from powerpack_gateway.suppression import Intent, classify
from powerpack_lab.provider import PowerpackProvider
from powerpack_lab.reserved import carrier_of


@pytest.fixture
def fake() -> faker.Faker:
    made = faker.Faker()
    made.add_provider(PowerpackProvider)
    made.seed_instance(7)
    return made


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("handset_number", r"\+1\d{3}55501\d\d"),
        ("tollfree_number", r"\+18(00|33|44|55|66|77|88)55501\d\d"),
        ("short_code", r"[2-9]\d{4}"),
        ("area_code", r"[2-9]\d\d"),
        ("carrier_name", r"att|tmobile|verizon|rogers|bell|generic"),
        ("sms_text", r".{10,160}"),
        ("code_text", r"Your code is \d{6}"),
        ("message_uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("carrier_message_id", r"[0-9a-f]{8}"),
        ("delivery_receipt", r"id:[0-9a-f]{8} sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD .*"),
    ],
)
def test_each_word_gives_its_form_and_the_same_for_the_same_seed(fake: faker.Faker, word: str, form: str) -> None:
    first = [getattr(fake, word)() for _ in range(20)]
    fake.seed_instance(7)

    assert [getattr(fake, word)() for _ in range(20)] == first
    assert all(re.fullmatch(form, each) for each in first)


def test_numbers_and_texts_are_what_was_asked_for(fake: faker.Faker) -> None:
    assert carrier_of(fake.handset_number(carrier="tmobile")) == "tmobile"
    assert fake.handset_number(area_code="206").startswith("+1206")
    assert len(fake.short_code(6)) == 6
    assert encode_text(fake.sms_text(alphabet="ucs2", parts=3)).units == 3


def test_words_of_phones_mean_what_they_say(fake: faker.Faker) -> None:
    assert {classify(fake.opt_out_word()) for _ in range(50)} == {Intent.OPTOUT}
    assert {classify(fake.opt_in_word()) for _ in range(50)} == {Intent.OPTIN}


def test_a_receipt_names_its_message(fake: faker.Faker) -> None:
    text = fake.delivery_receipt("4711", stat="EXPIRED")

    assert parse_receipt(text.encode("ascii"), {}).message_id == "4711"


def test_a_receipt_with_an_unknown_word_is_an_error(fake: faker.Faker) -> None:
    with pytest.raises(ValueError, match="stat: found 'LOST', expected one of"):
        fake.delivery_receipt(stat="LOST")
