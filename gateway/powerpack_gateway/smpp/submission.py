"""Submission: what the gateway asks a carrier to send."""

from typing import NamedTuple

from powerpack_gateway.smpp.addresses import NumberingPlan, TonNpi


class Submission(NamedTuple):
    """One submit_sm to be (a NamedTuple, because one is made for every segment).

    ``source_ton`` / ``source_npi`` and ``dest_ton`` / ``dest_npi``: both None means the route's rule for the form of
    the number. ``validity``: an SMPP time of 16 characters, or empty (SMPP 3.4, 7.1.1). ``short_message`` is encoded
    already and holds its user data header, if ``esm_class`` says so; 254 octets at most.
    """

    source: str
    destination: str
    short_message: bytes
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 1
    source_ton: int | None = None
    source_npi: int | None = None
    dest_ton: int | None = None
    dest_npi: int | None = None
    validity: str = ""

    def ton_npis(self, source_plan: NumberingPlan, destination_plan: NumberingPlan) -> tuple[TonNpi, TonNpi]:
        """What to send as the source's and the destination's TON and NPI."""
        if self.source_ton is None or self.source_npi is None:
            source = source_plan.ton_npi(self.source)
        else:
            source = TonNpi(self.source_ton, self.source_npi)
        if self.dest_ton is None or self.dest_npi is None:
            return source, destination_plan.ton_npi(self.destination)
        return source, TonNpi(self.dest_ton, self.dest_npi)
