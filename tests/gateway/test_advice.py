"""What the sender is told about its texts, its volume and its inboxes, and what looking costs at most."""

from powerpack_gateway.advice import CODES_ALONE_MIN, KEPT_MAX, LOOKED_AT_PER_S, Advisor
from powerpack_gateway.numbers import NumberType, PhoneNumber

GOOD = "Acme: your code is 4711."
NUMBER, ANA = "12065550180", "14155550101"


def sent(
    advisor: Advisor,
    text: str,
    *,
    handset: str = ANA,
    at: float = 0.0,
    number: str = NUMBER,
    campaign: str | None = None,
) -> list[str]:
    sender = PhoneNumber(number=number, type=NumberType.LONGCODE, country="US", campaign_id=campaign)
    said = advisor.sent(text, sender, handset, at)
    return [each.rule for each in said]


def test_a_good_text_needs_no_advice() -> None:
    assert sent(Advisor(), GOOD) == []


def test_a_bad_text_is_named_once_whatever_its_digits() -> None:
    advisor = Advisor()

    assert sent(advisor, "Acme: order 17 is at bit.ly/1") == ["shortener", "frequency"]
    assert sent(advisor, "Acme: order 18 is at bit.ly/2", handset="14155550102") == []


def test_the_fifth_message_in_a_row_without_stop_is_named() -> None:
    advisor = Advisor()
    said = [sent(advisor, GOOD) for _ in range(6)]
    others = sent(advisor, GOOD, handset="14155550102")

    assert said == [[], [], [], [], ["stop_notice"], []]
    assert others == []


def test_a_stop_notice_starts_the_count_anew() -> None:
    advisor = Advisor()
    texts = [GOOD, GOOD, GOOD, f"{GOOD} Reply STOP to end.", GOOD, GOOD, GOOD, GOOD]

    assert [sent(advisor, text) for text in texts] == [[]] * 8
    assert sent(advisor, GOOD) == ["stop_notice"]


def test_the_first_message_of_a_series_should_say_how_often() -> None:
    assert sent(Advisor(), "Acme: your order is confirmed.") == ["frequency"]
    assert sent(Advisor(), "Acme: your order is confirmed. 5 messages a month.") == []
    assert sent(Advisor(), GOOD) == []


def test_a_campaign_keeps_to_one_domain() -> None:
    advisor = Advisor()
    first = sent(advisor, "Acme: code 1 at https://acme.example/a", campaign="C1")
    own = sent(advisor, "Acme: your code 1 at https://www.shop.acme.example/b", campaign="C1")
    other = sent(advisor, "Acme: the code 1 at https://elsewhere.example/c", campaign="C1", number="12065550181")
    elsewhere = sent(advisor, "Acme: my code 1 at https://elsewhere.example/c", campaign="C2")

    assert (first, own, other, elsewhere) == ([], [], ["one_domain"], [])
    assert next(iter(advisor)).found == "elsewhere.example after acme.example"


def test_only_so_many_texts_are_looked_at_in_a_second() -> None:
    advisor = Advisor()
    words = [f"Acme: your order of {'x' * index} is at bit.ly" for index in range(LOOKED_AT_PER_S + 5)]
    first = [sent(advisor, text, handset=str(index)) for index, text in enumerate(words)]
    later = sent(advisor, words[-1], at=1.0)

    assert sum("shortener" in each for each in first) == LOOKED_AT_PER_S
    assert "shortener" in later


def test_a_volume_that_suits_another_type_is_named_once_a_day() -> None:
    advisor = Advisor()

    def count(segments: int, kind: NumberType, day: int = 1) -> list[str]:
        said = advisor.volume("pack", number=NUMBER, kind=kind, segments=segments, day=day, at=0.0)
        return [each.advice for each in said]

    assert count(1_999, NumberType.LONGCODE) == []
    assert count(1, NumberType.LONGCODE) == ["2000 segments a day: tollfree numbers suit this volume"]
    assert count(1, NumberType.LONGCODE) == []
    assert count(50_000, NumberType.TOLLFREE) == ["52001 segments a day: shortcode numbers suit this volume"]
    assert count(50_000, NumberType.SHORTCODE) == []
    assert count(1_999, NumberType.LONGCODE, day=2) == []
    assert count(1, NumberType.LONGCODE, day=2) == ["2000 segments a day: tollfree numbers suit this volume"]


def test_a_number_that_only_receives_passwords_is_named() -> None:
    advisor = Advisor()
    said = [advisor.received(f"Your code is {index}", number=NUMBER, at=0.0) for index in range(CODES_ALONE_MIN + 1)]

    assert [each[0].rule for each in said if each] == ["inbound_only"]
    assert said[CODES_ALONE_MIN - 1] != []


def test_a_number_that_sends_may_receive_what_it_likes() -> None:
    advisor = Advisor()
    sent(advisor, GOOD)

    assert not any(advisor.received("Your code is 1", number=NUMBER, at=0.0) for _ in range(CODES_ALONE_MIN + 1))
    assert not any(advisor.received("See you", number="1", at=0.0) for _ in range(CODES_ALONE_MIN + 1))


def test_the_latest_advice_is_kept_and_read_first() -> None:
    advisor = Advisor()
    for second in range(KEPT_MAX + 10):
        for _ in range(CODES_ALONE_MIN):
            advisor.received("Your code is 1", number=str(second), at=float(second))

    assert len(list(advisor)) == KEPT_MAX
    assert next(iter(advisor)).number == str(KEPT_MAX + 9)
