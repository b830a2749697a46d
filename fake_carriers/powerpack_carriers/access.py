"""Who may bind to a carrier, and at which ports, as plain data: what a TOML file says."""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from powerpack_carriers.accounts import Account
from powerpack_carriers.errors import ProfileError
from powerpack_carriers.listener import Listener
from powerpack_carriers.numbering import with_country_code
from powerpack_carriers.settings import SettingError
from powerpack_carriers.toml_files import line_of, parse_settings, read_text

ACCOUNTS_MAX: Final = 1_000
"""A carrier has room for 500 connections; accounts beyond that are a mistake."""

LISTENERS_MAX: Final = 100
"""Ports of one carrier; each is a socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountForm:
    """One account, as ``powerpack_carriers.Account`` has it; ``outbind`` is ``host:port``."""

    system_id: str
    password: str
    numbers: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    binds_max: int | None = None
    binds: tuple[str, ...] = ("transmitter", "receiver", "transceiver")
    outbind: str | None = None

    def __post_init__(self) -> None:
        self.account()

    def account(self) -> Account:
        """The account itself."""
        return Account(
            self.system_id,
            self.password,
            numbers=None if self.numbers is None else frozenset(with_country_code(each) for each in self.numbers),
            sources=None if self.sources is None else frozenset(with_country_code(each) for each in self.sources),
            binds_max=self.binds_max,
            binds=frozenset(self.binds),
            outbind=None if self.outbind is None else read_host_and_port("outbind", self.outbind),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsForm:
    """What a port shows: files in PEM; with ``client_ca`` ESMEs must show a certificate that this one signed."""

    certificate: str
    key: str
    client_ca: str | None = None

    def context(self) -> ssl.SSLContext:
        """What asyncio is given; raises SettingError with the key of the file that is wrong."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        for name, path in (("certificate", self.certificate), ("key", self.key), ("client_ca", self.client_ca)):
            if path is not None:
                _check_readable(name, path)
        try:
            # A key with a passphrase would be asked for at the terminal.
            context.load_cert_chain(self.certificate, self.key, password=_refuse_passphrase)
        except (ssl.SSLError, OSError, ValueError) as error:
            problem = f"found {self.certificate} and {self.key}, expected a certificate and its key in PEM ({error})"
            raise SettingError("certificate", problem) from error
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except (ssl.SSLError, OSError) as error:
                raise SettingError("client_ca", f"found {self.client_ca}, expected PEM ({error})") from error
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def beside(self, folder: Path) -> "TlsForm":
        """The same with paths that begin in a folder, as those of a file begin in the file's."""
        client_ca = None if self.client_ca is None else str(folder / self.client_ca)
        return TlsForm(certificate=str(folder / self.certificate), key=str(folder / self.key), client_ca=client_ca)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerForm:
    """One further port; 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: TlsForm | None = None

    def __post_init__(self) -> None:
        Listener(host=self.host, port=self.port)

    def listener(self) -> Listener:
        """The port itself; raises SettingError, whose key begins with ``tls``, for files that can not be used."""
        try:
            tls = None if self.tls is None else self.tls.context()
        except SettingError as error:
            raise SettingError(f"tls.{error.key}", error.problem) from error
        return Listener(host=self.host, port=self.port, tls=tls)

    def beside(self, folder: Path) -> "ListenerForm":
        """The same with paths that begin in a folder."""
        return self if self.tls is None else replace(self, tls=self.tls.beside(folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessForm:
    """The whole; without accounts those stay that a carrier has anyway."""

    accounts: tuple[AccountForm, ...] = ()
    listeners: tuple[ListenerForm, ...] = ()

    def __post_init__(self) -> None:
        for name, count, most in (
            ("accounts", len(self.accounts), ACCOUNTS_MAX),
            ("listeners", len(self.listeners), LISTENERS_MAX),
        ):
            if count > most:
                raise ValueError(f"{name}: found {count}, expected at most {most}")
        ids = [each.system_id for each in self.accounts]
        for place, system_id in enumerate(ids):
            if system_id in ids[:place]:
                raise ValueError(f"accounts: found system_id {system_id!r} twice, expected it once")
        ports = [(each.host, each.port) for each in self.listeners if each.port]
        for place, port in enumerate(ports):
            if port in ports[:place]:
                raise ValueError(f"listeners: found {port[0]}:{port[1]} twice, expected it once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a carrier is given."""

    accounts: tuple[Account, ...] = ()
    listeners: tuple[Listener, ...] = ()


def read_access(path: Path) -> Access:
    """Accounts and ports from a TOML file; raises ProfileError with file, line and key."""
    text = read_text(path)
    form = parse_settings(AccessForm, text, origin=str(path))
    listeners = []
    for place, each in enumerate(form.listeners):
        try:
            listeners.append(each.beside(path.parent).listener())
        except SettingError as error:
            key = f"listeners[{place}].{error.key}"
            raise ProfileError(error.problem, origin=str(path), key=key, line=line_of(text, key)) from error
    return Access(accounts=tuple(each.account() for each in form.accounts), listeners=tuple(listeners))


def read_host_and_port(name: str, value: str) -> tuple[str, int]:
    """``host:port``, or ``[address]:port`` of IPv6; raises ValueError."""
    host, colon, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and 1 <= int(port) <= 0xFFFF):
        raise ValueError(f"{name}: found {value!r}, expected host:port, such as 127.0.0.1:2776")
    return host, int(port)


def _check_readable(name: str, path: str) -> None:
    try:
        Path(path).open("rb").close()
    except OSError as error:
        raise SettingError(name, f"{path} can not be read ({error.strerror})") from error


def _refuse_passphrase() -> str:
    raise ValueError("the key has a passphrase")
