"""Pricing: what messages and numbers cost, by country (plivo_api.md 2.10)."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from phonenumbers import country_code_for_region

from powerpack_gateway.countries import COUNTRIES
from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.shape import read
from powerpack_gateway.networks import NETWORKS
from powerpack_gateway.notices import FREE
from powerpack_gateway.numbers import NumberType, rates_of
from powerpack_gateway.powerpacks import COUNTRIES as COUNTRIES_WITH_NUMBERS

TAG = "Pricing"

_MCC_OF = {"US": ("310", "311"), "CA": ("302",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingRequest:
    """Which country."""

    country_iso: Annotated[str, Meta(min_length=2, max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOf:
    """US dollars; null where there is none."""

    rate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRate:
    """What a message to one network costs."""

    group_name: str
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePrices:
    """What one unit costs."""

    inbound: RateOf
    outbound: RateOf
    outbound_networks_list: tuple[NetworkRate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPrices:
    """What a number costs a month."""

    local: RateOf
    tollfree: RateOf


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceWays:
    """What a minute costs, by where it comes from or goes to."""

    ip: RateOf
    local: RateOf
    tollfree: RateOf


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePrices:
    """What a minute costs; nobody calls here."""

    inbound: VoiceWays
    outbound: VoiceWays


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """A country's prices."""

    country: str
    country_code: int
    country_iso: str
    message: MessagePrices
    phone_numbers: NumberPrices
    voice: VoicePrices


async def get_pricing(call: Call) -> Reply:
    """What this gateway charges for messages to a country, and for numbers in it."""
    code = read(call.parameters(), PricingRequest).country_iso.upper()
    country = COUNTRIES.get(code)
    if country is None:
        raise BadRequest(f"country_iso is {shown(code)}, expected an ISO 3166 code of two letters")
    has_numbers = code in COUNTRIES_WITH_NUMBERS
    longcode, tollfree = rates_of(NumberType.LONGCODE, code), rates_of(NumberType.TOLLFREE, code)
    voice = VoiceWays(ip=RateOf(rate=None), local=RateOf(rate=longcode.voice), tollfree=RateOf(rate=tollfree.voice))
    return Reply.of(
        Pricing(
            country=country.name,
            country_code=country_code_for_region(code),
            country_iso=code,
            message=MessagePrices(
                inbound=RateOf(rate=FREE),
                outbound=RateOf(rate=longcode.sms),
                outbound_networks_list=tuple(
                    NetworkRate(group_name=each.name, rate=longcode.sms)
                    for each in NETWORKS.values()
                    if each.mcc in _MCC_OF.get(code, ())
                ),
            ),
            phone_numbers=NumberPrices(
                local=RateOf(rate=longcode.monthly if has_numbers else None),
                tollfree=RateOf(rate=tollfree.monthly if has_numbers else None),
            ),
            voice=VoicePrices(inbound=voice, outbound=voice),
        )
    )


ROUTES = (Operation("GET", "/Pricing/", get_pricing, tag=TAG, takes=PricingRequest, answers={200: Pricing}),)
