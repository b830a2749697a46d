"""Defects in the reading of receipts: each is a way in which a gateway was too sure of what carriers write."""

import re

import pytest

import powerpack_gateway.fates
import powerpack_gateway.receipts
from powerpack_gateway.carrier_ids import CarrierIds
from powerpack_gateway.id_forms import IdForms
from powerpack_gateway.messages import Input, Stage, step
from powerpack_gateway.receipts import ReceiptState, parse_receipt


def by_the_book(patch: pytest.MonkeyPatch) -> None:
    """A text that is not Appendix B to the letter says nothing."""
    patch.setattr(powerpack_gateway.receipts, "_searched", lambda _: ("", "", "", ""))


def the_last_word(patch: pytest.MonkeyPatch) -> None:
    """Of two fields with one name the later one counts, which the message itself may have put there."""
    sound = powerpack_gateway.receipts._fields
    patch.setattr(powerpack_gateway.receipts, "_QUOTED", re.compile(r"(?!)"))  # all of it is the carrier's
    patch.setattr(powerpack_gateway.receipts, "_fields", lambda found: sound(reversed([*found])))


def parameters_only(patch: pytest.MonkeyPatch) -> None:
    """The text of a receipt is for people."""
    patch.setattr(powerpack_gateway.fates, "parse_receipt", lambda _, tlvs: parse_receipt(b"", tlvs))


def text_only(patch: pytest.MonkeyPatch) -> None:
    """Parameters are for other versions of SMPP."""
    patch.setattr(powerpack_gateway.fates, "parse_receipt", lambda text, _: parse_receipt(text, {}))


def accepted_is_an_end(patch: pytest.MonkeyPatch) -> None:
    """SMPP 3.4 calls ACCEPTED final."""
    patch.setattr(ReceiptState, "is_final", property(lambda state: state is not ReceiptState.ENROUTE))


def ids_as_written(patch: pytest.MonkeyPatch) -> None:
    """An id is the same if it is the same text."""
    patch.setattr(IdForms, "that_told", lambda *more: (more[-1],))
    patch.setattr(IdForms, "that_report", lambda *more: (more[-1],))


def the_last_receipt_counts(patch: pytest.MonkeyPatch) -> None:
    """What was delivered may still fail."""

    def any_step(stage: Stage, happened: Input) -> Stage | None:
        overruled = stage is Stage.DELIVERED and happened is Input.UNDELIVER
        return Stage.UNDELIVERED if overruled else step(stage, happened)

    patch.setattr(powerpack_gateway.fates, "step", any_step)
    patch.setattr(CarrierIds, "settled", lambda *_: None)
    patch.setattr(CarrierIds, "forget", lambda *_: None)
    patch.setattr(CarrierIds, "take", lambda *_: None)  # and so all go the long way
