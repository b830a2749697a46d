"""Subaccounts: create, get, list, update, delete (plivo_api.md 2.10)."""

from dataclasses import dataclass

from powerpack_gateway.http.answers import Done, Empty
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.registration.profiles import Line
from powerpack_gateway.subaccounts import Subaccount

TAG = "Subaccount"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubaccountForm:
    """A subaccount."""

    name: Line
    enabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubaccountDeletion:
    """Its numbers stay in the account either way."""

    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubaccountCreated(Done):
    """The new subaccount's credentials."""

    auth_id: str
    auth_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubaccountShown:
    """A subaccount."""

    account: str
    auth_id: str
    auth_token: str
    created: str
    enabled: bool
    modified: str | None
    name: str
    new_auth_token: str
    resource_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubaccountList:
    """Some subaccounts."""

    meta: ListMeta
    objects: tuple[SubaccountShown, ...]


async def create_subaccount(call: Call) -> Reply:
    """201 and the new subaccount's credentials."""
    given = read(call.parameters(), SubaccountForm)
    made = await call.gateway.holdings.create_subaccount(given.name, enabled=given.enabled)
    return Reply.of(SubaccountCreated(message="created", auth_id=made.auth_id, auth_token=made.auth_token), status=201)


async def get_subaccount(call: Call) -> Reply:
    """One subaccount."""
    return Reply.of(_shown(call, call.gateway.holdings.subaccounts[call.ids["subauth_id"]]))


async def list_subaccounts(call: Call) -> Reply:
    """All subaccounts, in the order of their creation."""
    return page(call, call.parameters(), call.gateway.holdings.subaccounts, lambda each: _shown(call, each))


async def update_subaccount(call: Call) -> Reply:
    """202: its name is changed, and whether it is enabled."""
    given = read(call.parameters(), SubaccountForm)
    await call.gateway.holdings.update_subaccount(call.ids["subauth_id"], name=given.name, enabled=given.enabled)
    return Reply.of(Done(message="changed"), status=202)


async def delete_subaccount(call: Call) -> Reply:
    """204: its credentials open nothing any more; its numbers are the main account's alone."""
    await call.gateway.holdings.delete_subaccount(call.ids["subauth_id"])
    return Reply(status=204)


def _shown(call: Call, subaccount: Subaccount) -> SubaccountShown:
    return SubaccountShown(
        account=call.uri(),
        auth_id=subaccount.auth_id,
        auth_token=subaccount.auth_token,
        created=iso(subaccount.created),
        enabled=subaccount.enabled,
        modified=None if subaccount.modified is None else iso(subaccount.modified),
        name=subaccount.name,
        new_auth_token=subaccount.auth_token,
        resource_uri=call.uri("Subaccount", subaccount.auth_id),
    )


_ONE = "/Subaccount/{subauth_id}/"

ROUTES = (
    Operation(
        "POST", "/Subaccount/", create_subaccount, tag=TAG, takes=SubaccountForm, answers={201: SubaccountCreated}
    ),
    Operation("GET", "/Subaccount/", list_subaccounts, tag=TAG, takes=Paging, answers={200: SubaccountList}),
    Operation("GET", _ONE, get_subaccount, tag=TAG, answers={200: SubaccountShown}),
    Operation("POST", _ONE, update_subaccount, tag=TAG, takes=SubaccountForm, answers={202: Done}),
    Operation("DELETE", _ONE, delete_subaccount, tag=TAG, takes=SubaccountDeletion, answers={204: Empty}),
)
