"""What MMSCs post to this gateway, and what the desks of others hand on of it."""

from collections.abc import Callable

from powerpack_gateway.errors import StoreError
from powerpack_gateway.fleet.mms import FromHandset
from powerpack_gateway.fleet.mms_desk import MmsDesk
from powerpack_gateway.inbound import Inbound
from powerpack_gateway.media_library import MediaLibrary
from powerpack_gateway.receipts import Receipt


class MmsReception:
    """``desk_of`` finds the desk to which this gateway is attached for a carrier, here or at another one."""

    def __init__(self, desk_of: Callable[[str], MmsDesk | None], inbound: Inbound, media: MediaLibrary) -> None:
        self._desk_of = desk_of
        self._inbound = inbound
        self._media = media

    async def reported(self, carrier: str, receipt: Receipt) -> None:
        """Find the gateway that waits for a delivery report."""
        await self._desk(carrier).mms_reported(receipt)

    async def received(self, carrier: str, mms: FromHandset) -> bool:
        """Give a handset's MMS to the gateway of its number; False when it is nobody's."""
        return await self._desk(carrier).mms_received(mms)

    def take_in(self, carrier: str, mms: FromHandset) -> bool:
        """Take one in, if its number is ours."""
        return self._inbound.receive_mms(
            carrier,
            source=mms.source,
            destination=mms.destination,
            text=mms.text,
            keep=lambda: self._media.keep_received(mms.parts),
        )

    def _desk(self, carrier: str) -> MmsDesk:
        desk = self._desk_of(carrier)
        if desk is None:
            raise StoreError(f"another gateway works for {carrier} by now: post it again")
        return desk
