"""The control API's registrations and complaints: who may send, and who may not any more."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from powerpack_carriers.carrier import Carrier
from powerpack_carriers.control_http import carrier_of, read
from powerpack_carriers.numbering import with_country_code
from powerpack_carriers.registration import Registry
from powerpack_carriers.registry_form import RegistryForm


class ControlledRegistries:
    """One method a route."""

    def __init__(self, carriers: Mapping[str, Carrier]) -> None:
        self._carriers = carriers

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/carriers/{name}/registry", self.show, methods=["GET"]),
            Route("/carriers/{name}/registry", self.replace, methods=["PUT"]),
            Route("/carriers/{name}/registry", self.add, methods=["PATCH"]),
            Route("/carriers/{name}/registry", self.remove, methods=["DELETE"]),
            Route("/carriers/{name}/registry/{number}", self.remove_number, methods=["DELETE"]),
            Route("/carriers/{name}/complaints", self.list_complaints, methods=["GET"]),
            Route("/carriers/{name}/complaints/{key}", self.forgive, methods=["DELETE"]),
        ]

    async def show(self, request: Request) -> JSONResponse:
        carrier = carrier_of(request, self._carriers)
        if carrier.policy.registry is None:
            raise HTTPException(404, f"{carrier.name} has no registry, so it lets everybody send; PUT gives it one")
        return self._answer(carrier.policy.registry)

    async def replace(self, request: Request) -> JSONResponse:
        carrier = carrier_of(request, self._carriers)
        form = await read(RegistryForm, request)
        carrier.policy.registry = form.fill(Registry())
        return self._answer(carrier.policy.registry)

    async def add(self, request: Request) -> JSONResponse:
        carrier = carrier_of(request, self._carriers)
        form = await read(RegistryForm, request)
        carrier.policy.registry = form.fill(carrier.policy.registry or Registry())
        return self._answer(carrier.policy.registry)

    async def remove(self, request: Request) -> JSONResponse:
        carrier_of(request, self._carriers).policy.registry = None
        return JSONResponse({"registry": None})

    async def remove_number(self, request: Request) -> JSONResponse:
        carrier, number = carrier_of(request, self._carriers), with_country_code(request.path_params["number"])
        registry = carrier.policy.registry
        if registry is None or not registry.forget(number):
            raise HTTPException(404, f"the registry of {carrier.name} has no number {number!r}")
        return self._answer(registry)

    async def list_complaints(self, request: Request) -> JSONResponse:
        complaints = carrier_of(request, self._carriers).policy.complaints
        counted = [] if complaints is None else complaints.counted()
        return JSONResponse([{"of": key, "complaints": count, "blocked": blocked} for key, count, blocked in counted])

    async def forgive(self, request: Request) -> JSONResponse:
        carrier, key = carrier_of(request, self._carriers), request.path_params["key"]
        complaints = carrier.policy.complaints
        key = next((each for each in (key, with_country_code(key)) if complaints and complaints.knows(each)), "")
        if complaints is None or not key:
            found = request.path_params["key"]
            raise HTTPException(404, f"{carrier.name} counts no complaints about a number or campaign {found!r}")
        complaints.unblock(key)
        return JSONResponse({"forgiven": key})

    @staticmethod
    def _answer(registry: Registry) -> JSONResponse:
        return JSONResponse(RegistryForm.of(registry).plain())
