"""auth.py: HTTP Basic with the account's credentials."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from powerpack_gateway.errors import Unauthorized
from powerpack_gateway.http import auth
from powerpack_gateway.http.auth import MALFORMED, MISSING, WRONG, Credentials

if TYPE_CHECKING:
    from gateway.http.conftest import StandIn


def basic(pair: str, *, scheme: str = "Basic") -> bytes:
    return f"{scheme} {b64encode(pair.encode()).decode()}".encode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic "])
def test_the_accounts_own_credentials_are_let_in_however_the_scheme_is_written(gateway: StandIn, scheme: str) -> None:
    account = gateway.account

    Credentials(account).check(basic(f"{account.auth_id}:{account.auth_token}", scheme=scheme), auth_id=account.auth_id)


def test_a_token_with_a_colon_is_a_token() -> None:
    class Account:
        auth_id = "MA"
        auth_token = "a:b:c"
        name = city = address = ""

    Credentials(Account()).check(basic("MA:a:b:c"), auth_id="MA")


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (None, MISSING),
        (b"", MALFORMED),
        (b"Basic", MALFORMED),
        (b"Basic !!!", MALFORMED),
        (b"Basic " + b64encode(b"no colon"), MALFORMED),
        (b"Bearer stk_token", MALFORMED),
        (basic("MATESTTESTTESTTESTTE:wrong"), WRONG),
        (basic("MATESTTESTTESTTESTTE:"), WRONG),
        (basic("MAANOTHERANOTHERANOT:a token that nobody should ever see"), WRONG),
        (b"Basic " + b"QQ==" * 10_000, MALFORMED),
    ],
    ids=["none", "empty", "scheme only", "no base64", "no colon", "bearer", "token", "no token", "id", "endless"],
)
def test_other_credentials_are_refused_with_the_reason(
    gateway: StandIn, authorization: bytes | None, said: str
) -> None:
    with pytest.raises(Unauthorized) as refused:
        Credentials(gateway.account).check(authorization, auth_id=gateway.account.auth_id)

    assert str(refused.value) == said


def test_a_refusal_never_repeats_what_was_sent(gateway: StandIn) -> None:
    with pytest.raises(Unauthorized) as refused:
        Credentials(gateway.account).check(basic("me:my secret"), auth_id="me")

    assert "my secret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["Basic", "basic"], ids=["as SDKs write it", "taken apart"])
def test_whether_a_token_is_right_is_decided_in_constant_time_only(
    gateway: StandIn, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A timing test would flake; so what is compared, and that nothing else decides."""
    account, compared = gateway.account, []

    def compare(given: bytes, own: bytes) -> bool:
        compared.append((given, own))
        return False

    monkeypatch.setattr(auth, "compare_digest", compare)
    right = basic(f"{account.auth_id}:{account.auth_token}", scheme=scheme)

    with pytest.raises(Unauthorized, match=WRONG):
        Credentials(account).check(right, auth_id=account.auth_id)

    pair = f"{account.auth_id}:{account.auth_token}".encode()
    assert compared == [(right, basic(pair.decode())), (pair, pair)]
