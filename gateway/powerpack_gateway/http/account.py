"""The account: get, update (plivo_api.md 2.10)."""

from dataclasses import dataclass, fields

from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.shape import read
from powerpack_gateway.money import dollars
from powerpack_gateway.registration.profiles import Line

TAG = "Account"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanges:
    """What may be changed."""

    name: Line | None = None
    city: Line | None = None
    address: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShown:
    """An account; its token is not shown."""

    account_type: str
    address: str
    auth_id: str
    auto_recharge: bool
    billing_mode: str
    cash_credits: str
    city: str
    name: str
    resource_uri: str
    state: str
    timezone: str


async def get_account(call: Call) -> Reply:
    """The account whose credentials were used."""
    account = call.gateway.account
    return Reply.of(
        AccountShown(
            account_type="standard",
            address=account.address,
            auth_id=account.auth_id,
            auto_recharge=False,
            billing_mode="prepaid",
            cash_credits=dollars(call.gateway.holdings.book.credit),
            city=account.city,
            name=account.name,
            resource_uri=call.uri(),
            state="",
            timezone="UTC",
        )
    )


async def update_account(call: Call) -> Reply:
    """202: what was given is changed."""
    given = read(call.parameters(), AccountChanges)
    changes = {each.name: value for each in fields(given) if (value := getattr(given, each.name)) is not None}
    await call.gateway.holdings.update_account(changes)
    return Reply.of(Done(message="changed"), status=202)


ROUTES = (
    Operation("GET", "/", get_account, tag=TAG, answers={200: AccountShown}),
    Operation("POST", "/", update_account, tag=TAG, takes=AccountChanges, answers={202: Done}),
)
