"""Why a carrier refused a message, in words for whoever wrote the client: a status says little of what to mend."""

from typing import Final

from powerpack_carriers.admission import ADDRESS_OCTETS_MAX, SOURCE_DIGITS_MIN, Admission
from powerpack_carriers.directory import Directory
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import NUMBER_DIGITS_MAX, SHORTCODE_DIGITS
from powerpack_carriers.smpp.constants import CommandStatus, Ton

SOURCES_TOLD_MAX: Final = 5
"""An account may have thousands of sources, and a line is to be read."""


class Refusals:
    """Puts a refusal into words by asking again what says no, in the same order; nothing is counted by that."""

    def __init__(self, carrier: str, *, admission: Admission, directory: Directory, is_off_net_refused: bool) -> None:
        self._carrier = carrier
        self._admission = admission
        self._directory = directory
        self._is_off_net_refused = is_off_net_refused

    def reason(self, message: Message, decided: int, *, is_window_full: bool) -> str:
        """What was found and what was expected.

        ``decided`` is what the carrier says by itself, which a fault or a magic number overrules in ``status``.
        """
        if message.status != decided:
            return "a fault of this carrier, or the magic number that it was sent to, refuses it"
        return (
            self._of_source(message)
            or self._of_destination(message)
            or self._of_types(message)
            or self._of_way(message)
            or ("as many submits of this session wait for their answer as submits_max allows" if is_window_full else "")
            or self._of_phone(message)
            or (f"the carrier's policy forbids it: {message.rejected_by}" if message.rejected_by else "")
            or self._of_rate(message)
        )

    def _of_source(self, message: Message) -> str:
        source, allowed = message.source, message.mailbox.account.sources
        if self._admission.check_source(source):
            codes = " or ".join(map(str, SHORTCODE_DIGITS))
            forms = f"a short code of {codes} digits or a number of {SOURCE_DIGITS_MIN} to {NUMBER_DIGITS_MAX}"
            return f"source_addr: found {source.text!r}, expected {forms}"
        if self._admission.check_source(source, allowed):
            all_of_them = sorted(allowed or ())
            told = ", ".join(all_of_them[:SOURCES_TOLD_MAX]) + (", ..." if len(all_of_them) > SOURCES_TOLD_MAX else "")
            return f"source_addr: found {source.text!r}, expected one that the account may send from: {told or 'none'}"
        return ""

    def _of_destination(self, message: Message) -> str:
        if not self._admission.check_destination(message.destination):
            return ""
        return f"destination_addr: found {message.destination.text!r}, expected 1 to {ADDRESS_OCTETS_MAX} digits"

    def _of_types(self, message: Message) -> str:
        types, to = message.submitted.source, message.submitted.destination
        match self._admission.check_types(types, message.source, message.destination, to):
            case CommandStatus.ESME_RINVSRCTON:
                return f"source_addr_ton: found {_ton(types[0])} with {message.source.text!r}, which has not that form"
            case CommandStatus.ESME_RINVDSTTON:
                return f"dest_addr_ton: found {_ton(to[0])} with {message.destination.text!r}, which has not that form"
            case CommandStatus.ESME_RINVSRCNPI:
                return f"source_addr_npi: found {types[1]}, expected 0 or 1"
            case CommandStatus.ESME_RINVDSTNPI:
                return f"dest_addr_npi: found {to[1]}, expected 0 or 1"
        return ""

    def _of_way(self, message: Message) -> str:
        """Where the number is: nowhere, or at a carrier to which this one passes nothing on."""
        digits = message.destination.digits
        serving = self._directory.carrier_of(digits)
        if serving is None and self._admission.checks_destination:
            return f"destination_addr: found {digits}, expected a number that a carrier serves"
        if self._is_off_net_refused and serving not in (None, self._carrier):
            return f"destination_addr: found {digits}, a number of {serving}, expected one of {self._carrier}'s own"
        return ""

    def _of_phone(self, message: Message) -> str:
        handset = self._directory.absent.get(message.destination.digits)
        if handset is None or message.status == CommandStatus.ESME_ROK:
            return ""
        match handset.state:
            case HandsetState.PORTED | HandsetState.DEACTIVATED | HandsetState.LANDLINE:
                return f"the phone {handset.number} is {handset.state}"
            case _ if message.status == CommandStatus.ESME_RMSGQFUL:
                return f"the phone {handset.number} is {handset.state}, and as much is kept for it as may be"
        return ""

    def _of_rate(self, message: Message) -> str:
        """The last that can say no: the source has no token left."""
        number_type = message.source.number_type
        rate = self._admission.rate_of(number_type)
        if rate is None:
            return "the carrier does not admit the message"
        return (
            f"{message.source.digits} is too fast: a {number_type} may send {rate.per_second:g} segments a second,"
            f" {rate.burst} at once"
        )


def _ton(ton: int) -> str:
    """As SMPP 3.4, 5.2.5 names it; of another one the PDU itself was refused."""
    return f"{ton} ({Ton(ton).name})"
