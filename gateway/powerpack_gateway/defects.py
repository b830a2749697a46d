"""What a carrier hears when a defect of ours kept us from taking what it handed over.

Nobody expected the exception, so nothing is known of what would mend it: it may pass (the state was odd for a moment),
then another try is right; or this very PDU brings it every time, and a carrier that tries for ever blocks its queue.
"""

import asyncio
import traceback
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import Final

from powerpack_gateway.ports import Journal
from powerpack_gateway.smpp.delivery import Delivery
from powerpack_gateway.smpp.statuses import ESME_RX_R_APPN, ESME_RX_T_APPN, status_name

TRIES_MAX: Final = 3
"""How often the same delivery is asked for again: the second try finds a state that was odd for a moment in order."""

COUNTED_MAX: Final = 1_000
"""Deliveries whose tries are counted; the oldest is forgotten first. A carrier has a window of these on their way."""


def content_of(carrier: str, delivery: Delivery) -> Hashable:
    """What makes two deliveries the same: a carrier that delivers again numbers anew."""
    return (carrier, delivery.source, delivery.destination, delivery.esm_class, delivery.short_message)


class Defects:
    """One for everything that takes deliveries."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tries: OrderedDict[Hashable, int] = OrderedDict()

    def status_after(self, error: Exception, carrier: str, delivery: Delivery) -> int:
        """The command_status to answer: ESME_RX_T_APPN a few times for the same delivery, then ESME_RX_R_APPN.

        The defect is journalled, and told to the loop's exception handler, so that no test is green over it.
        """
        content = content_of(carrier, delivery)
        tries = self._tries.pop(content, 0) + 1
        status = ESME_RX_T_APPN if tries <= TRIES_MAX else ESME_RX_R_APPN
        if status == ESME_RX_T_APPN:
            self._tries[content] = tries
            if len(self._tries) > COUNTED_MAX:
                self._tries.popitem(last=False)
        self._journal.record(
            "inbound.failed",
            carrier=carrier,
            source=delivery.source,
            destination=delivery.destination,
            error=f"{type(error).__name__}: {error}",
            where=_last_frame(error),
            status=status,
            status_name=status_name(status),
            raw=delivery.raw,
        )
        told = {"message": f"a delivery of {carrier} could not be taken", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)
        return status

    def of_a_block(self, error: Exception, carrier: str, deliveries: int) -> None:
        """Journal and tell what went wrong with several deliveries, which are taken one by one now."""
        self._journal.record(
            "inbound.failed_together",
            carrier=carrier,
            deliveries=deliveries,
            error=f"{type(error).__name__}: {error}",
            where=_last_frame(error),
        )
        told = {"message": f"{deliveries} deliveries of {carrier} could not be taken together", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)


def _last_frame(error: Exception) -> str:
    """Where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
