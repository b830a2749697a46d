"""The numbers, against the tables of SMPP 3.4 and against each other."""

import pytest

from powerpack_carriers.smpp.constants import (
    RESPONSE_BIT,
    STATUS_WORDS,
    CommandId,
    CommandStatus,
    EsmClass,
    command_name,
    status_name,
    status_words,
)

WITHOUT_RESPONSE = {CommandId.outbind, CommandId.alert_notification}


@pytest.mark.parametrize("request_", [c for c in CommandId if not c & RESPONSE_BIT], ids=lambda c: c.name)
def test_every_request_has_its_response_or_is_known_to_have_none(request_: CommandId) -> None:
    responses = [c.name for c in CommandId if c == request_ | RESPONSE_BIT]

    assert responses == ([] if request_ in WITHOUT_RESPONSE else [f"{request_.name}_resp"])


def test_every_status_has_words() -> None:
    assert set(STATUS_WORDS) == set(CommandStatus)


def test_names_of_undefined_numbers_are_the_numbers() -> None:
    assert command_name(0x110) == "command 0x00000110"
    assert status_name(9802) == "status 0x264A"
    assert status_words(9802) == "status 0x264A (not defined by SMPP 3.4)"
    assert status_words(0x58) == "ESME_RTHROTTLED (too many messages per second)"


def test_the_parts_of_esm_class_do_not_overlap() -> None:
    assert EsmClass.MODE_MASK | EsmClass.TYPE_MASK | EsmClass.UDHI | EsmClass.REPLY_PATH == 0xFF
    assert EsmClass.DELIVERY_RECEIPT & EsmClass.TYPE_MASK == EsmClass.DELIVERY_RECEIPT
