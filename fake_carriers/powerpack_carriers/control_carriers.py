"""The control API's carriers: their sessions, what they were sent, what is broken on purpose."""

from collections.abc import Mapping
from itertools import islice

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control_http import carrier_of, limit_of, moment_of, query_of, read_object
from powerpack_carriers.door import Door
from powerpack_carriers.errors import FaultError
from powerpack_carriers.faults.pipeline import ActiveFault
from powerpack_carriers.faults.registry import plain_form
from powerpack_carriers.messages import Message
from powerpack_carriers.numbering import digits_of, is_from
from powerpack_carriers.smpp.constants import MessageState, status_name
from powerpack_carriers.smsc import SmscLink
from powerpack_carriers.spam import SpamReport


class ControlledCarriers:
    """One method a route."""

    def __init__(self, carriers: Mapping[str, Carrier]) -> None:
        self._carriers = carriers

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/carriers", self.list_all, methods=["GET"]),
            Route("/carriers/{name}", self.show, methods=["GET"]),
            Route("/carriers/{name}/sessions", self.list_sessions, methods=["GET"]),
            Route("/carriers/{name}/sessions/{number}", self.end_session, methods=["DELETE"]),
            Route("/carriers/{name}/messages", self.list_messages, methods=["GET"]),
            Route("/carriers/{name}/spam-reports", self.list_spam_reports, methods=["GET"]),
            Route("/carriers/{name}/faults", self.list_faults, methods=["GET"]),
            Route("/carriers/{name}/faults", self.add_fault, methods=["POST"]),
            Route("/carriers/{name}/faults", self.remove_faults, methods=["DELETE"]),
            Route("/carriers/{name}/faults/{fault_id}", self.remove_fault, methods=["DELETE"]),
        ]

    async def list_all(self, request: Request) -> JSONResponse:
        return JSONResponse([_carrier_form(carrier) for carrier in self._carriers.values()])

    async def show(self, request: Request) -> JSONResponse:
        return JSONResponse(_carrier_form(carrier_of(request, self._carriers)))

    # Sessions

    async def list_sessions(self, request: Request) -> JSONResponse:
        return JSONResponse([_session_form(link) for link in carrier_of(request, self._carriers).links])

    async def end_session(self, request: Request) -> JSONResponse:
        carrier, number = carrier_of(request, self._carriers), request.path_params["number"]
        how = query_of(request, "how").get("how", "unbind")
        links = {_number_of(link): link for link in carrier.links}
        if number not in links:
            raise HTTPException(404, f"{carrier.name} has no session {number!r}; it has {', '.join(links) or 'none'}")
        link = links[number]
        match how:
            case "unbind":
                link.unbind()
            case "reset":
                link.abort("reset over the control API")
            case _:
                raise HTTPException(400, f"how: found {how!r}, expected unbind or reset")
        return JSONResponse({"ended": link.name, "how": how})

    # What was sent

    async def list_messages(self, request: Request) -> JSONResponse:
        carrier = carrier_of(request, self._carriers)
        query = query_of(request, "source", "destination", "text", "since", "limit")
        since = moment_of("since", query["since"]) if "since" in query else None
        found = (
            message
            for message in reversed(carrier.received)
            if (since is None or carrier.moment(message.accepted_at) >= since) and _is_meant(message, query)
        )
        newest = list(islice(found, limit_of(query)))
        return JSONResponse([_message_form(carrier, message) for message in reversed(newest)])

    async def list_spam_reports(self, request: Request) -> JSONResponse:
        return JSONResponse([_report_form(report) for report in carrier_of(request, self._carriers).spam_reports])

    # Faults

    async def list_faults(self, request: Request) -> JSONResponse:
        return JSONResponse([_fault_form(active) for active in carrier_of(request, self._carriers).faults])

    async def add_fault(self, request: Request) -> JSONResponse:
        carrier = carrier_of(request, self._carriers)
        settings = await read_object(request)
        word = settings.pop("fault", None)
        if not isinstance(word, str):
            raise HTTPException(400, f"fault: found {word!r}, expected the name of a fault")
        try:
            return JSONResponse({"id": carrier.faults.add(word, **settings)}, 201)
        except FaultError as error:
            raise HTTPException(400, str(error)) from error

    async def remove_faults(self, request: Request) -> JSONResponse:
        faults = carrier_of(request, self._carriers).faults
        removed = [active.fault_id for active in faults]
        faults.clear()
        return JSONResponse({"removed": removed})

    async def remove_fault(self, request: Request) -> JSONResponse:
        fault_id = request.path_params["fault_id"]
        try:
            carrier_of(request, self._carriers).faults.remove(fault_id)
        except FaultError as error:
            raise HTTPException(404, str(error)) from error
        return JSONResponse({"removed": [fault_id]})


def _carrier_form(carrier: Carrier) -> dict[str, object]:
    return {
        "name": carrier.name,
        "profile": carrier.profile.name,
        "country": carrier.country,
        "host": carrier.host,
        "port": carrier.port,
        "ports": [_door_form(door) for door in carrier.doors],
        "system_ids": [account.system_id for account in carrier.accounts],
        "bound": carrier.bind_count,
        "in_flight": carrier.in_flight,
        "faults": [active.fault_id for active in carrier.faults],
    }


def _door_form(door: Door) -> dict[str, object]:
    listener = door.listener
    return {
        "listener": door.number,
        "host": listener.host,
        "port": listener.port,
        "tls": listener.tls is not None,
        "state": door.state.value,
    }


def _number_of(link: SmscLink) -> str:
    """A link's own number: ``3`` of ``tmobile#3``."""
    return link.name.rpartition("#")[2]


def _session_form(link: SmscLink) -> dict[str, object]:
    return {
        "number": int(_number_of(link)),
        "listener": link.listener,
        "peer": link.peer,
        "state": link.session.state.value,
        "bind": link.bind.kind if link.bind else None,
        "system_id": link.system_id or None,
        "connected_at": link.connected_at.isoformat(),
        "unanswered": len(link.unanswered()),
        "window_free": link.window_free,
    }


def _is_meant(message: Message, query: Mapping[str, str]) -> bool:
    return (
        ("source" not in query or is_from(message.source, query["source"]))
        and ("destination" not in query or message.destination.digits == digits_of(query["destination"]))
        and ("text" not in query or query["text"] in message.text)
    )


def _message_form(carrier: Carrier, message: Message) -> dict[str, object]:
    part, _ = message.user_data()
    return {
        "message_id": message.message_id or None,
        "source": message.source_addr,
        "destination": message.destination_addr,
        "text": message.text,
        "data_coding": message.submitted.data_coding,
        "part": None if part is None else {"reference": part.reference, "number": part.number, "total": part.total},
        "system_id": message.system_id,
        "submitted_at": carrier.moment(message.accepted_at).isoformat(),
        "status": status_name(message.status),
        "state": None if message.status else MessageState(message.state).name,
        "error": message.error,
    }


def _report_form(report: SpamReport) -> dict[str, object]:
    return {
        "source": report.source,
        "destination": report.destination,
        "message_id": report.message_id,
        "received_at": report.received_at.isoformat(),
        "text": report.text,
        "notice": report.notice,
    }


def _fault_form(active: ActiveFault) -> dict[str, object]:
    return {
        "id": active.fault_id,
        "fault": active.config.word,
        "struck": active.struck,
        **plain_form(active.config),
    }
