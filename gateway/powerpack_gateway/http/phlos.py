"""PHLOs: found, and started by a request (plivo_api.md 3.7); in Plivo's cloud they have a host of their own."""

from dataclasses import dataclass

from powerpack_gateway.errors import NotFound
from powerpack_gateway.fields import as_text
from powerpack_gateway.http.body import parameters
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.phlos import Phlo

TAG = "PHLO"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhloShown:
    """A PHLO that can be started."""

    phlo_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhloStarted:
    """A PHLO is on its way; ``api_id`` names the run."""

    phlo_id: str
    message: str


async def get_phlo(call: Call) -> Reply:
    """Whether there is such a PHLO."""
    return Reply.of(PhloShown(phlo_id=_phlo(call).phlo_id))


async def run_phlo(call: Call) -> Reply:
    """Start a PHLO: its webhook gets every variable of the body, those that are no texts as JSON."""
    if call.ids["auth_id"] != call.gateway.account.auth_id:
        raise NotFound(f"account {call.ids['auth_id']} not found")
    phlo = _phlo(call)
    variables = {name: as_text(value) for name, value in parameters(call.query, call.body).values.items()}
    run = call.gateway.new_uuid()
    params = {"phlo_id": phlo.phlo_id, "phlo_run_uuid": run, **variables}
    call.gateway.announcements.tell("phlo", run, url=phlo.url, method=phlo.method, params=params)
    await call.gateway.commit()
    said = f"PHLO {phlo.phlo_id} with phlo_run_uuid: {run} started"
    return Reply.of(PhloStarted(phlo_id=phlo.phlo_id, message=said), status=201)


def _phlo(call: Call) -> Phlo:
    return call.gateway.holdings.phlos[call.ids["phlo_id"]]


ROUTES = (
    Operation("GET", "/v1/phlo/{phlo_id}/", get_phlo, tag=TAG, answers={200: PhloShown}),
    # In lower case, as the SDKs ask for it.
    Operation("POST", "/v1/account/{auth_id}/phlo/{phlo_id}/", run_phlo, tag=TAG, answers={201: PhloStarted}),
)
"""Their paths are whole."""
