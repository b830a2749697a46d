"""Mobile networks: the codes and names of those that a route may lead to, as callbacks and look-ups tell them."""

from collections.abc import Mapping
from typing import NamedTuple


class Network(NamedTuple):
    """One network by its E.212 codes: country and network within it. One country has several; this is its main one."""

    mcc: str
    mnc: str
    name: str


UNKNOWN = Network("", "", "")
"""Of a route whose carrier is not in the table, and of a message that has none."""

NETWORKS: Mapping[str, Network] = {
    "att": Network("310", "410", "AT&T"),
    "tmobile": Network("310", "260", "T-Mobile USA"),
    "verizon": Network("311", "480", "Verizon Wireless"),
    "uscellular": Network("311", "580", "US Cellular"),
    "rogers": Network("302", "720", "Rogers Wireless"),
    "bell": Network("302", "610", "Bell Mobility"),
    "telus": Network("302", "220", "Telus Mobility"),
}
"""By the name of the route (ITU-T E.212, operational bulletins)."""


def network_of(carrier: str | None) -> Network:
    """The network behind a route."""
    return NETWORKS.get(carrier or "", UNKNOWN)
