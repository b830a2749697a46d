"""Credentials."""

import pytest

from powerpack_carriers.accounts import Account


def test_the_password_is_not_shown() -> None:
    assert repr(Account("esme", "topsecre")) == "Account(system_id='esme', numbers=None)"


@pytest.mark.parametrize(
    ("system_id", "password", "problem"),
    [
        ("x" * 16, "secret", "system_id: found 16 characters, expected at most 15 of ASCII"),
        ("x", "secret-key", "password: found 10 characters, expected at most 8 of ASCII"),
        ("é", "secret", "system_id: found 1 characters, expected at most 15 of ASCII"),
        ("", "secret", "system_id: found nothing, expected 1 to 15 characters"),
    ],
)
def test_what_no_bind_can_carry_is_refused(system_id: str, password: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        Account(system_id, password)

    assert str(caught.value) == problem
