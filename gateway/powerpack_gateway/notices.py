"""What the callbacks say: a message's state and a handset's message, as Plivo's form parameters."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from powerpack_gateway.messages import FINAL, MESSAGE_STATE, Direction, Message
from powerpack_gateway.networks import network_of
from powerpack_gateway.numbers import RATES, NumberType, Service

Params = dict[str, str]

FREE = "0.00000"


def rate_of(kind: NumberType, service: Service) -> str:
    """The price of one unit from a number of this type, in US dollars with five decimals."""
    return _RATES[kind._value_, service._value_]


_RATES = {
    (kind.value, service.value): rates.mms if service is Service.MMS else rates.sms
    for kind, rates in RATES.items()
    for service in Service
}
"""By values: an enum's own hash is computed in Python, and this is asked for every callback."""


@lru_cache(maxsize=256)  # a dozen rates, and hardly any message has more than ten units
def amount(rate: str, units: int) -> str:
    """Rate times units, exactly: prices are decimals of five places, not floats."""
    dollars, rest = divmod(int(rate.replace(".", "")) * units, 100_000)
    return f"{dollars}.{rest:05d}"


def callback_time(moment: float | None) -> str:
    """``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC, or nothing for what has not happened (plivo_api.md 3.3)."""
    if moment is None:
        return ""
    second, microsecond = divmod(round(moment * 1_000_000), 1_000_000)
    return f"{_second(second)}.{microsecond:06d}"


@lru_cache(maxsize=1_024)  # many messages share a second
def _second(second: int) -> str:
    at = datetime.fromtimestamp(second, UTC)
    # strftime asks the C library for each of them, and takes five times as long.
    return f"{at.year:04}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}"


STATUS_NAMES = (
    "MessageUUID", "ParentMessageUUID", "PartInfo", "To", "From", "Type", "Status", "Units", "TotalRate",
    "TotalAmount", "MCC", "MNC", "Sequence", "PowerpackUUID", "requester_ip", "MessageTime", "QueuedTime",
    "SentTime", "DeliveryReportTime", "ErrorCode",
)  # fmt: skip
"""What a status callback says, in its order; the last for failures only."""

StatusValues = tuple[bytes, ...]
"""The value of each name, in UTF-8: octets are put into a form in an eighth of the time that strings take."""


def status_values(message: Message, index: int, rate: str) -> StatusValues:
    """The status callback for one of ``message.notices()`` (plivo_api.md 3.3).

    ``ErrorCode`` is there for failed and undelivered only. One report a message, also for a long one, so ``PartInfo``
    is always ``1 of 1``.
    """
    if index == 0:
        status = b"queued"
    elif index == 1 and message.sent_at is not None:
        status = b"sent"
    else:
        status = _ENDS[message.stage._value_]
    uuid, created = message.uuid.encode(), _time(message.created_at)
    units, rated, total = _price(FREE if status == b"failed" else rate, message.units)
    mcc, mnc = _network(message.carrier)
    powerpack_uuid, requester_ip = _origin(message.powerpack_uuid or "", message.requester_ip)
    values = (
        uuid, uuid, b"1 of 1", message.destination.encode(), message.source.encode(), _TYPES[message.service._value_],
        status, units, rated, total, mcc, mnc, b"%d" % (index + 1), powerpack_uuid, requester_ip, created, created,
        _time(message.sent_at) if index else b"",
        _time(message.updated_at) if status in _REPORTED else b"",
    )  # fmt: skip
    return (*values, (message.error_code or "").encode()) if status in _WRONG else values


def status_params(message: Message, index: int, rate: str) -> Params:
    """The same with names."""
    return named(status_values(message, index, rate))


def named(values: StatusValues) -> Params:
    """Each value with its name."""
    # One call of decode for a callback, not twenty; a value that holds the separator shows in the number of texts.
    texts = b"\0".join(values).decode().split("\0")
    if len(texts) != len(values):
        texts = [value.decode() for value in values]
    return dict(zip(STATUS_NAMES, texts))  # noqa: B905 -- as STATUS_NAMES says


_ENDS = {stage.value: MESSAGE_STATE[stage].encode() for stage in FINAL}
_TYPES = {service.value: service.value.encode() for service in Service}
_REPORTED = frozenset({b"delivered", b"undelivered"})
_WRONG = frozenset({b"failed", b"undelivered"})


@lru_cache(maxsize=8_192)  # a message's three callbacks say its times six times, mostly within a second
def _time(moment: float | None) -> bytes:
    return callback_time(moment).encode()


@lru_cache(maxsize=256)  # as for ``amount``
def _price(rate: str, units: int) -> tuple[bytes, bytes, bytes]:
    return b"%d" % units, rate.encode(), amount(rate, units).encode()


@lru_cache(maxsize=1_024)  # an account has a handful of Powerpacks and servers
def _origin(powerpack_uuid: str, requester_ip: str) -> tuple[bytes, bytes]:
    return powerpack_uuid.encode(), requester_ip.encode()


@lru_cache(maxsize=1_024)  # there are as many as routes
def _network(carrier: str | None) -> tuple[bytes, bytes]:
    found = network_of(carrier)
    return found.mcc.encode(), found.mnc.encode()


def inbound_params(message: Message, media_urls: Sequence[str] = ()) -> Params:
    """The webhook for a message from a handset (plivo_api.md 3.5)."""
    assert message.direction is Direction.INBOUND
    params = {
        "MessageUUID": message.uuid,
        "From": message.source,
        "To": message.destination,
        "Text": message.text,
        "Type": message.service.value,
        "Units": str(message.units),
        "TotalRate": FREE,
        "TotalAmount": FREE,
        "MessageIntent": message.intent,
        "PowerpackUUID": message.powerpack_uuid or "",
    }
    return params if message.service is Service.SMS else params | _mms_params(message, media_urls)


def _mms_params(message: Message, media_urls: Sequence[str]) -> Params:
    """An MMS's text is ``Body``. One page counts its files from 0, an older one from 1: both find each of them once.

    ``Media0`` to ``Media{n-1}`` are the files in order; ``Media{n}`` is the first again.
    """
    names = {f"Media{index}": url for index, url in enumerate(media_urls)}
    again = {f"Media{len(media_urls)}": media_urls[0]} if media_urls else {}
    return {"Body": message.text, "MediaCount": str(len(media_urls)), **names, **again}
