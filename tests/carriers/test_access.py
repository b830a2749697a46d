"""Accounts and ports from a file."""

import re
import ssl
from pathlib import Path

import pytest
import trustme

from powerpack_carriers.access import ACCOUNTS_MAX, AccessForm, AccountForm, read_access, read_host_and_port
from powerpack_carriers.accounts import Account
from powerpack_carriers.errors import ProfileError

TEXT = """\
[[accounts]]
system_id = "one"
password = "pwd"

[[accounts]]
system_id = "two"
password = "pwd"
numbers = ["+12065550101"]
sources = ["12065550100", "Shop"]
binds_max = 2
binds = ["transceiver"]
outbind = "127.0.0.1:2776"

[[listeners]]
host = "127.0.0.2"
port = 2776

[[listeners]]
tls = { certificate = "cert.pem", key = "key.pem", client_ca = "ca.pem" }
"""


@pytest.fixture(scope="session")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate, its key, and who signed it."""
    folder = tmp_path_factory.mktemp("pems")
    authority = trustme.CA()
    shown = authority.issue_cert("127.0.0.1")
    shown.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    shown.private_key_pem.write_to_path(folder / "key.pem")
    authority.issue_cert("other").private_key_pem.write_to_path(folder / "other.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return folder


def test_accounts_and_ports_are_read(pems: Path) -> None:
    file = pems / "access.toml"
    file.write_text(TEXT, encoding="utf-8")

    access = read_access(file)

    assert access.accounts == (
        Account("one", "pwd"),
        Account(
            "two",
            "pwd",
            numbers=frozenset({"12065550101"}),
            sources=frozenset({"12065550100", "Shop"}),
            binds_max=2,
            binds=frozenset({"transceiver"}),
            outbind=("127.0.0.1", 2776),
        ),
    )
    plain, encrypted = access.listeners
    assert (plain.host, plain.port, plain.tls) == ("127.0.0.2", 2776, None)
    assert (encrypted.host, encrypted.port) == ("127.0.0.1", 0)
    assert encrypted.tls is not None
    assert encrypted.tls.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('"one"\npassword = "pwd"', '"one"', "line 1, key 'accounts[0].password': missing"),
        ('"one"', '"a name that is too long"', "line 2, key 'accounts[0].system_id': found 23 characters, expected at"),
        ("binds_max = 2", "binds_max = -1", "line 10, key 'accounts[1].binds_max': found -1, expected 0 or more"),
        ('["transceiver"]', '["trx"]', "line 11, key 'accounts[1].binds': found 'trx', expected receiver, transceiver"),
        (":2776", "", "line 12, key 'accounts[1].outbind': found '127.0.0.1', expected host:port, such as"),
        ('"two"', '"one"', "line 1, key 'accounts': found system_id 'one' twice, expected it once"),
        ("port = 2776", "port = 65536", "line 16, key 'listeners[0].port': found 65536, expected 0 to 65535"),
        ("tls =", 'host = "127.0.0.2"\nport = 2776\ntls =', "line 14, key 'listeners': found 127.0.0.2:2776 twice"),
        ("key.pem", "none.pem", "line 19, key 'listeners[1].tls.key': {}/none.pem can not be read (No such file or"),
        ("key.pem", "other.pem", "line 19, key 'listeners[1].tls.certificate': found {0}/cert.pem and {0}/other.pem"),
        ("ca.pem", "key.pem", "line 19, key 'listeners[1].tls.client_ca': found {}/key.pem, expected PEM"),
        ("client_ca", "client", "line 19, key 'listeners[1].tls.client': unknown; expected one of certificate, key, "),
    ],
    ids=lambda value: value[:40],
)
def test_a_mistake_is_named_with_file_line_and_key(pems: Path, right: str, wrong: str, problem: str) -> None:
    file = pems / "access.toml"
    file.write_text(TEXT.replace(right, wrong), encoding="utf-8")

    with pytest.raises(ProfileError) as caught:
        read_access(file)

    assert str(caught.value).startswith(f"{file}, {problem.format(pems)}")


def test_too_many_accounts_are_a_mistake() -> None:
    accounts = tuple(AccountForm(system_id=f"a{index}", password="p") for index in range(ACCOUNTS_MAX + 1))

    with pytest.raises(ValueError, match="accounts: found 1001, expected at most 1000"):
        AccessForm(accounts=accounts)


@pytest.mark.parametrize(
    ("value", "found"),
    [("127.0.0.1:2776", ("127.0.0.1", 2776)), ("[::1]:1", ("::1", 1)), ("esme.example:65535", ("esme.example", 65535))],
)
def test_where_an_esme_listens(value: str, found: tuple[str, int]) -> None:
    assert read_host_and_port("outbind", value) == found


@pytest.mark.parametrize("value", ["", ":", "host:", ":1", "host:0", "host:65536", "host:²", "1"])
def test_where_no_esme_can_listen(value: str) -> None:
    with pytest.raises(ValueError, match=r"outbind: found .*, expected host:port"):
        read_host_and_port("outbind", value)


def test_the_file_on_the_page_is_read(pems: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "carrier.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[\[accounts\]\].*?)```", page, re.DOTALL)
    file = pems / "page.toml"
    file.write_text(example, encoding="utf-8")

    access = read_access(file)

    assert [each.system_id for each in access.accounts] == ["one", "two"]
    assert [each.port for each in access.listeners] == [2777, 3550]
