"""The gateway as an ESME: smpplib PDUs on an asyncio transport."""

from powerpack_gateway.smpp.addresses import NumberForm, NumberingPlan, TonNpi, number_form
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.errors import (
    InvalidSettings,
    InvalidSubmission,
    LocalError,
    NotAllowed,
    RemoteError,
    SmppError,
    WindowFull,
)
from powerpack_gateway.smpp.route import Route, RouteHandler
from powerpack_gateway.smpp.settings import BindKind, RouteSettings
from powerpack_gateway.smpp.statuses import status_name
from powerpack_gateway.smpp.submission import Submission

__all__ = [
    "BindKind",
    "Delivery",
    "InvalidSettings",
    "InvalidSubmission",
    "LocalError",
    "NotAllowed",
    "NumberForm",
    "NumberingPlan",
    "RemoteError",
    "Route",
    "RouteHandler",
    "RouteSettings",
    "SmppError",
    "Submission",
    "TonNpi",
    "WindowFull",
    "number_form",
    "status_name",
]
