"""Fake carriers that speak SMPP 3.4 over sockets; three lines start one in a test or a script.

::

    from powerpack_carriers import Carrier

    with Carrier("tmobile") as carrier:  # or: async with
        my_client.connect(carrier.host, carrier.port, carrier.system_id, carrier.password)
        assert carrier.expect("Hello").destination_addr == "14155550123"
"""

from typing import TYPE_CHECKING

from powerpack_carriers.accounts import Account
from powerpack_carriers.behaviour import Act, Behaviour
from powerpack_carriers.blocking import BlockingCarrier, BlockingHandset
from powerpack_carriers.carrier import Carrier
from powerpack_carriers.directory import Directory
from powerpack_carriers.errors import CarrierError, FaultError, HandsetError, ProfileError
from powerpack_carriers.handset_state import HandsetState
from powerpack_carriers.handsets import Device, Handset, TextMessage
from powerpack_carriers.in_parts import InParts, PartOrder
from powerpack_carriers.listener import Listener
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.mms_message import MmsMessage
from powerpack_carriers.profile import Profile, find_profile, load_profile, profile_names, read_profile
from powerpack_carriers.registration import BrandTier, Campaign, Registry, Verification
from powerpack_carriers.spam import SpamReport

if TYPE_CHECKING:
    from powerpack_carriers.control import JournalView, control_app

__all__ = [
    "Account",
    "Act",
    "Behaviour",
    "BlockingCarrier",
    "BlockingHandset",
    "BrandTier",
    "Campaign",
    "Carrier",
    "CarrierError",
    "Device",
    "Directory",
    "FaultError",
    "Handset",
    "HandsetError",
    "HandsetState",
    "InParts",
    "JournalView",
    "Listener",
    "Media",
    "Message",
    "MmsMessage",
    "PartOrder",
    "Profile",
    "ProfileError",
    "Registry",
    "SpamReport",
    "TextMessage",
    "Verification",
    "control_app",
    "find_profile",
    "load_profile",
    "profile_names",
    "read_profile",
]


if not TYPE_CHECKING:  # a checker would take any name at all for one of ours

    def __getattr__(name: str) -> object:
        """The control API is imported when it is asked for: Starlette's application is dear, and few tests want it."""
        if name in ("JournalView", "control_app"):
            from powerpack_carriers import control

            return getattr(control, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
