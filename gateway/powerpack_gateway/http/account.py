"""The account (plivo_api.md 2.10)."""

from starlette.routing import Route

from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.money import dollars


async def get_account(call: Call) -> Reply:
    """The account whose credentials were used; the token is not shown."""
    account = call.gateway.account
    return Reply(
        body={
            "account_type": "standard",
            "address": "",
            "auth_id": account.auth_id,
            "auto_recharge": False,
            "billing_mode": "prepaid",
            "cash_credits": dollars(call.gateway.holdings.book.credit),
            "city": "",
            "name": account.name,
            "resource_uri": call.uri(),
            "state": "",
            "timezone": "UTC",
        }
    )


ROUTES = (Route("/", get_account, methods=["GET"]),)
