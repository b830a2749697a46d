"""What the API needs of the gateway behind it: the facade's methods, and nothing of how it works."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from powerpack_gateway.applications import Application, Applications
from powerpack_gateway.errors import ApiError
from powerpack_gateway.messages import Message
from powerpack_gateway.numbers import Numbers, PhoneNumber, Service
from powerpack_gateway.ports import Clock, Journal
from powerpack_gateway.powerpacks import NumberPriority, PoolNumber, Powerpack, Powerpacks
from powerpack_gateway.registration.registrar import Registrar
from powerpack_gateway.sending import SendRequest, Sent
from powerpack_gateway.store.base import MessageFilter, Page


class ApiAccount(Protocol):
    """The one account that this gateway serves."""

    @property
    def auth_id(self) -> str:
        """Twenty characters that start with MA: the SDKs check this (plivo_api.md 1.1)."""
        ...

    @property
    def auth_token(self) -> str:
        """The password of HTTP Basic; never logged, never journalled."""
        ...

    @property
    def name(self) -> str:
        """Whose account it is."""
        ...


class ApiHoldings(Protocol):
    """What the account has, to be read and changed."""

    @property
    def numbers(self) -> Numbers: ...
    @property
    def powerpacks(self) -> Powerpacks: ...
    @property
    def applications(self) -> Applications: ...

    async def create_powerpack(
        self,
        *,
        name: str,
        sticky_sender: bool = True,
        local_connect: bool = True,
        application_type: str = "",
        application_id: str = "",
        number_priority: Sequence[NumberPriority] = (),
    ) -> Powerpack: ...
    async def update_powerpack(self, powerpack_uuid: str, changes: Mapping[str, object], /) -> Powerpack: ...
    async def delete_powerpack(self, powerpack_uuid: str, /, *, unrent_numbers: bool) -> None: ...
    async def add_to_pool(self, powerpack_uuid: str, number: str, *, service: Service, rent: bool) -> PoolNumber: ...
    async def remove_from_pool(self, powerpack_uuid: str, number: str, *, unrent: bool) -> None: ...

    async def rent_number(self, number: str, *, application_id: str | None) -> PhoneNumber: ...
    async def edit_number(
        self, number: str, *, alias: str | None, application_id: str | None, clear_application: bool
    ) -> PhoneNumber: ...
    async def unrent_number(self, number: str) -> None: ...

    async def create_application(self, fields: Mapping[str, object]) -> Application: ...
    async def update_application(self, app_id: str, changes: Mapping[str, object]) -> Application: ...
    async def delete_application(self, app_id: str) -> None: ...


class ApiGateway(Protocol):
    """The gateway as the handlers see it. What it refuses, it refuses with an ApiError that carries the answer."""

    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def account(self) -> ApiAccount: ...
    @property
    def holdings(self) -> ApiHoldings: ...

    @property
    def registrar(self) -> Registrar: ...

    def new_uuid(self) -> str: ...

    async def send(self, request: SendRequest) -> Sent: ...
    def send_soon(self, request: SendRequest, done: Callable[[Sent | ApiError], None], /) -> None: ...
    async def message(self, message_uuid: str, /) -> Message: ...
    async def messages(self, wanted: MessageFilter, *, limit: int, offset: int) -> Page: ...
