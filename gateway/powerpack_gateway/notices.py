"""What the callbacks say: a message's state and a handset's message, as Plivo's form parameters."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from powerpack_gateway.messages import Direction, Message
from powerpack_gateway.networks import network_of
from powerpack_gateway.numbers import RATES, NumberType, Service

Params = tuple[tuple[str, str], ...]

FREE = "0.00000"


def rate_of(kind: NumberType, service: Service) -> str:
    """The price of one unit from a number of this type, in US dollars with five decimals."""
    rates = RATES[kind]
    return rates.mms if service is Service.MMS else rates.sms


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
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def status_params(message: Message, index: int, rate: str) -> Params:
    """The status callback for one of ``message.notices()`` (plivo_api.md 3.3).

    ``ErrorCode`` is there for failed and undelivered only. One report a message, also for a long one, so ``PartInfo``
    is always ``1 of 1``.
    """
    status = message.notices()[index]
    network = network_of(message.carrier)
    created = callback_time(message.created_at)
    params = [
        ("MessageUUID", message.uuid),
        ("ParentMessageUUID", message.uuid),
        ("PartInfo", "1 of 1"),
        ("To", message.destination),
        ("From", message.source),
        ("Type", message.service.value),
        ("Status", status),
        ("Units", str(message.units)),
        ("TotalRate", FREE if status == "failed" else rate),
        ("TotalAmount", FREE if status == "failed" else amount(rate, message.units)),
        ("MCC", network.mcc),
        ("MNC", network.mnc),
        ("Sequence", str(index + 1)),
        ("PowerpackUUID", message.powerpack_uuid or ""),
        ("requester_ip", message.requester_ip),
        ("MessageTime", created),
        ("QueuedTime", created),
        ("SentTime", callback_time(message.sent_at) if status != "queued" else ""),
        ("DeliveryReportTime", callback_time(message.updated_at) if status in ("delivered", "undelivered") else ""),
    ]
    if status in ("failed", "undelivered"):
        params.append(("ErrorCode", message.error_code or ""))
    return tuple(params)


def inbound_params(message: Message, media_urls: Sequence[str] = ()) -> Params:
    """The webhook for a message from a handset (plivo_api.md 3.5)."""
    assert message.direction is Direction.INBOUND
    params = (
        ("MessageUUID", message.uuid),
        ("From", message.source),
        ("To", message.destination),
        ("Text", message.text),
        ("Type", message.service.value),
        ("Units", str(message.units)),
        ("TotalRate", FREE),
        ("TotalAmount", FREE),
        ("MessageIntent", message.intent),
        ("PowerpackUUID", message.powerpack_uuid or ""),
    )
    return params if message.service is Service.SMS else (*params, *_mms_params(message, media_urls))


def _mms_params(message: Message, media_urls: Sequence[str]) -> Params:
    """An MMS's text is ``Body``. One page counts its files from 0, an older one from 1: both find each of them once.

    ``Media0`` to ``Media{n-1}`` are the files in order; ``Media{n}`` is the first again.
    """
    names = [(f"Media{index}", url) for index, url in enumerate(media_urls)]
    again = [(f"Media{len(media_urls)}", media_urls[0])] if media_urls else []
    return (("Body", message.text), ("MediaCount", str(len(media_urls))), *names, *again)
