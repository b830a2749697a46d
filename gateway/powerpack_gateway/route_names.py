"""What a carrier's routes are called where queues and ids are kept by name: its MMSC gives ids of its own."""

from powerpack_gateway.messages import Message
from powerpack_gateway.numbers import Service


def route_name(carrier: str, service: Service) -> str:
    """``att`` for texts, ``att mm7`` for MMS."""
    return carrier if service is Service.SMS else f"{carrier} mm7"


def route_name_of(message: Message) -> str:
    """The route that a message went, or goes; empty when it has not gone."""
    return "" if message.carrier is None else route_name(message.carrier, message.service)
