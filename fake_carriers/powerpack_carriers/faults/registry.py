"""The faults that come with the package, by the word that the control API and scenario files call them."""

from collections.abc import Mapping
from typing import Final

from powerpack_carriers.errors import FaultError
from powerpack_carriers.faults.already_bound import AlreadyBoundConfig
from powerpack_carriers.faults.common_ids import CommonIdsConfig
from powerpack_carriers.faults.congestion import CongestionConfig
from powerpack_carriers.faults.default_alphabet import DefaultAlphabetConfig
from powerpack_carriers.faults.delay_receipt import DelayReceiptConfig
from powerpack_carriers.faults.delay_text import DelayTextConfig
from powerpack_carriers.faults.disconnect import DisconnectConfig
from powerpack_carriers.faults.duplicate_receipt import DuplicateReceiptConfig
from powerpack_carriers.faults.duplicate_response import DuplicateResponseConfig
from powerpack_carriers.faults.duplicate_text import DuplicateTextConfig
from powerpack_carriers.faults.encoding_lie import EncodingLieConfig
from powerpack_carriers.faults.fail_over import FailOverConfig
from powerpack_carriers.faults.fake_delivery import FakeDeliveryConfig
from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.garbage import GarbageConfig
from powerpack_carriers.faults.half_open import HalfOpenConfig
from powerpack_carriers.faults.id_reuse import IdReuseConfig
from powerpack_carriers.faults.late_response import LateResponseConfig
from powerpack_carriers.faults.lose_receipt import LoseReceiptConfig
from powerpack_carriers.faults.lose_response import LoseResponseConfig
from powerpack_carriers.faults.lose_text import LoseTextConfig
from powerpack_carriers.faults.lost_header import LostHeaderConfig
from powerpack_carriers.faults.lying_length import LyingLengthConfig
from powerpack_carriers.faults.malformed_delivery import MalformedDeliveryConfig
from powerpack_carriers.faults.mm7_answer import Mm7AnswerConfig
from powerpack_carriers.faults.mo_flood import MoFloodConfig
from powerpack_carriers.faults.mute import MuteConfig
from powerpack_carriers.faults.nack import NackConfig
from powerpack_carriers.faults.no_message_id import NoMessageIdConfig
from powerpack_carriers.faults.odd_addresses import OddAddressesConfig
from powerpack_carriers.faults.odd_bind_resp import OddBindRespConfig
from powerpack_carriers.faults.odd_submit_resp import OddSubmitRespConfig
from powerpack_carriers.faults.own_sequence import OwnSequenceConfig
from powerpack_carriers.faults.payload_texts import PayloadTextsConfig
from powerpack_carriers.faults.queue_full import QueueFullConfig
from powerpack_carriers.faults.receipt_quirk import ReceiptQuirkConfig
from powerpack_carriers.faults.receipt_storm import ReceiptStormConfig
from powerpack_carriers.faults.refuse_bind import RefuseBindConfig
from powerpack_carriers.faults.reset_in_pdu import ResetInPduConfig
from powerpack_carriers.faults.sar_parts import SarPartsConfig
from powerpack_carriers.faults.silent_port import SilentPortConfig
from powerpack_carriers.faults.slow_drip import SlowDripConfig
from powerpack_carriers.faults.slow_reader import SlowReaderConfig
from powerpack_carriers.faults.throttle import ThrottleConfig
from powerpack_carriers.faults.truncated_pdu import TruncatedPduConfig
from powerpack_carriers.faults.unbind import UnbindConfig
from powerpack_carriers.faults.undeliverable import UndeliverableConfig
from powerpack_carriers.faults.unknown_pdu import UnknownPduConfig
from powerpack_carriers.faults.wrong_sequence import WrongSequenceConfig
from powerpack_carriers.faults.wrong_service import WrongServiceConfig
from powerpack_carriers.nearest import meant
from powerpack_carriers.settings import SettingError, plain_settings, read_settings

_CONFIGS: Final[tuple[type[FaultConfig], ...]] = (
    ThrottleConfig,
    LoseResponseConfig,
    LateResponseConfig,
    UndeliverableConfig,
    DisconnectConfig,
    LoseReceiptConfig,
    DuplicateReceiptConfig,
    DelayReceiptConfig,
    RefuseBindConfig,
    ReceiptQuirkConfig,
    Mm7AnswerConfig,
    QueueFullConfig,
    AlreadyBoundConfig,
    UnbindConfig,
    WrongSequenceConfig,
    OwnSequenceConfig,
    DuplicateResponseConfig,
    IdReuseConfig,
    CommonIdsConfig,
    CongestionConfig,
    ReceiptStormConfig,
    MoFloodConfig,
    TruncatedPduConfig,
    ResetInPduConfig,
    GarbageConfig,
    LyingLengthConfig,
    SlowDripConfig,
    MuteConfig,
    HalfOpenConfig,
    SlowReaderConfig,
    FailOverConfig,
    SilentPortConfig,
    NackConfig,
    NoMessageIdConfig,
    UnknownPduConfig,
    OddBindRespConfig,
    OddSubmitRespConfig,
    MalformedDeliveryConfig,
    EncodingLieConfig,
    DefaultAlphabetConfig,
    FakeDeliveryConfig,
    LoseTextConfig,
    DelayTextConfig,
    DuplicateTextConfig,
    SarPartsConfig,
    LostHeaderConfig,
    OddAddressesConfig,
    PayloadTextsConfig,
    WrongServiceConfig,
)

FAULTS: Final[Mapping[str, type[FaultConfig]]] = {config.word: config for config in _CONFIGS}
"""Word to config."""


def fault_config(word: str, settings: Mapping[str, object]) -> FaultConfig:
    """A config from its plain form; raises FaultError that says what is wrong and what is known."""
    kind = FAULTS.get(word)
    if kind is None:
        raise FaultError(f"unknown fault {word!r}{meant(word, FAULTS) or ';'} known: {', '.join(FAULTS)}")
    try:
        return read_settings(kind, settings)
    except SettingError as error:
        # Not from the error, which is told in full: a test that fails would show it first, with our own code around it.
        raise FaultError(f"fault {word!r}: {error}") from None


def plain_form(config: FaultConfig) -> dict[str, object]:
    """What ``fault_config`` makes the same config from, without what is as it always is."""
    return plain_settings(config)
