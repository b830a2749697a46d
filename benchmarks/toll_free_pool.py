"""What the benchmarks' gateways start with: one account, and a Powerpack of verified toll-free numbers."""

from typing import Final

from powerpack_gateway.holdings import Account, Provision
from powerpack_gateway.numbers import NumberType, PhoneNumber, Service, Verification

AUTH_ID: Final = "MABENCHMARKBENCHMARK"
AUTH_TOKEN: Final = "t" * 40


def toll_free_pool(size: int) -> Provision:
    """``size`` numbers at 25 messages a second each: with enough of them the pool is never what is waited for."""
    numbers = [
        PhoneNumber(
            number=f"1833{2_000_000 + index}",
            type=NumberType.TOLLFREE,
            country="US",
            verification=Verification.VERIFIED,
        )
        for index in range(size)
    ]
    return Provision(
        account=Account(auth_id=AUTH_ID, auth_token=AUTH_TOKEN),
        numbers=numbers,
        pool=[(each.number, Service.SMS) for each in numbers],
    )
