"""A carrier: an SMSC with opinions, subscribers and accounts. It knows all parts of this package, they do not know it.

::

    submit_sm -> admission -> faults -> submit_sm_resp
                     |
                     +-> lifecycle, a delay -> handset -> receipt -> faults -> mailbox -> deliver_sm

    handset.reply, handset.report_spam -> directory: which account? -> mailbox -> deliver_sm
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from powerpack_carriers.accounts import Account
from powerpack_carriers.agenda import Agenda
from powerpack_carriers.blocking import BlockingCarrier
from powerpack_carriers.carrier_hands import CarrierHands
from powerpack_carriers.clock import LoopClock
from powerpack_carriers.dice import dice_of
from powerpack_carriers.directory import Directory
from powerpack_carriers.door import Door
from powerpack_carriers.expectations import WITHIN_S, explain_missing, hold_within, matching
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.handsets import Handset, TextMessage
from powerpack_carriers.in_parts import WHOLE, InParts
from powerpack_carriers.journal import NullJournal
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.listener import Listener
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.message_ids import message_ids, short_message_ids
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.content import Media
from powerpack_carriers.mms_message import MmsMessage
from powerpack_carriers.mmsc import build_mmsc
from powerpack_carriers.originations import Originations
from powerpack_carriers.outbind import Outbinds
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile, SessionHabit, find_profile
from powerpack_carriers.receipts import moment_of
from powerpack_carriers.received import Received
from powerpack_carriers.registration import Registry
from powerpack_carriers.smpp.session import SessionLimits
from powerpack_carriers.smsc import Smsc, SmscLimits, SmscLink
from powerpack_carriers.spam import SpamReport
from powerpack_carriers.traffic import Traffic

SPAM_REPORTS_MAX: Final = 10_000
"""Spam reports kept, the newest."""


class Carrier:
    """One carrier on one port, or on several::

        async with Carrier("tmobile") as carrier:
            ...  # bind to carrier.host, carrier.port as carrier.system_id with carrier.password, submit
            await carrier.expect("Hello", destination="14155550123")
            carrier.handset("14155550123").reply("STOP")

    The same with a plain ``with`` in code that does not await: the carrier then runs in a thread of its own.

    Carriers that shall share numbers and phones are given one ``directory``; one with a ``registry`` blocks what is not
    in it. ``faults`` is what goes wrong on purpose, ``policy`` what is not let pass, ``spam_reports`` what subscribers
    reported. The same ``seed`` gives the same ids, fates and delays. ``listeners`` are further ports, of which some may
    speak TLS.
    """

    def __init__(
        self,
        profile: str | Path | Profile = "generic",
        *,
        name: str | None = None,
        accounts: Sequence[Account] | None = None,
        seed: int = 0,
        clock: Clock | None = None,
        journal: Journal | None = None,
        directory: Directory | None = None,
        registry: Registry | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        listeners: Sequence[Listener] = (),
        mm7_port: int = 0,
    ) -> None:
        self.profile = profile if isinstance(profile, Profile) else find_profile(profile)
        self.name = name or self.profile.name
        self.accounts = (Account(self.name[:15]),) if accounts is None else tuple(accounts)
        self.directory = Directory(default=self.name, seed=seed) if directory is None else directory
        self.spam_reports: deque[SpamReport] = deque(maxlen=SPAM_REPORTS_MAX)
        self._own_clock = LoopClock()
        self._clock: Clock = self._own_clock if clock is None else clock
        self._journal: Journal = NullJournal() if journal is None else journal
        self._agenda = Agenda(self._clock, after=self._flush)
        self._mailboxes = {
            account.system_id: Mailbox(
                account,
                carrier=self.name,
                journal=self._journal,
                plan=self._agenda.plan,
                answer_within_s=self.profile.sessions.deliver_within_s,
                on_missed=self._call_esme if account.outbind else None,
            )
            for account in self.accounts
        }
        if len(self._mailboxes) < len(self.accounts):
            raise ValueError(f"carrier {self.name}: found two accounts with one system_id, expected them to differ")
        self.faults = Faults(self.name, seed=seed, journal=self._journal, now=self._clock.monotonic)
        self.policy = Policy(
            self.profile,
            clock=self._clock,
            journal=self._journal,
            registry=registry,
            opted_out=self.directory.opted_out,
        )
        self._lifecycle = Lifecycle(
            self.profile,
            ids=message_ids(self.profile.message_id, Random(f"{seed}:{self.name}:message_id")),
            dice=dice_of(f"{seed}:{self.name}:lifecycle"),
        )
        self._traffic = Traffic(
            self.name,
            self.profile,
            mailboxes=self._mailboxes,
            directory=self.directory,
            lifecycle=self._lifecycle,
            faults=self.faults,
            policy=self.policy,
            short_ids=short_message_ids(self.profile.message_id, Random(f"{seed}:{self.name}:short message_id")),
            response_delay_s=self.profile.response.drawn_from(dice_of(f"{seed}:{self.name}:response")),
            agenda=self._agenda,
            clock=self._clock,
            journal=self._journal,
        )
        self._smsc = Smsc(
            self.name,
            self._traffic,
            clock=self._clock,
            journal=self._journal,
            limits=_limits(self.profile.sessions),
            host=host,
            port=port,
            listeners=listeners,
        )
        self._outbinds = Outbinds(
            self.name, self._smsc, plan=self._agenda.plan, clock=self._clock, journal=self._journal
        )
        self.mmsc = build_mmsc(
            self.name,
            self.profile,
            mailboxes=self._mailboxes,
            directory=self.directory,
            faults=self.faults,
            policy=self.policy,
            agenda=self._agenda,
            clock=self._clock,
            journal=self._journal,
            seed=seed,
            host=host,
            port=mm7_port,
        )
        self._originations = Originations(
            self.name,
            directory=self.directory,
            policy=self.policy,
            faults=self.faults,
            reports=self.spam_reports,
            new_id=self._lifecycle.new_id,
            dice=dice_of(f"{seed}:{self.name}:parts"),
            plan=self._agenda.plan,
            clock=self._clock,
            journal=self._journal,
        )
        self.faults.attach(
            filters=self._smsc.filters,
            hands=CarrierHands(self.name, directory=self.directory, links=lambda: self.links, doors=self.doors),
            plan=self._agenda.plan,
        )
        self._is_started = False
        self._blocking: BlockingCarrier | None = None
        self.directory.join(self)

    # What it is

    @property
    def host(self) -> str:
        """Where it listens."""
        return self._smsc.host

    @property
    def port(self) -> int:
        """Where it listens; 0 before the first start when any port will do."""
        return self._smsc.port

    @property
    def system_id(self) -> str:
        """Who may bind: the first account. Raises ValueError where there is none."""
        return self._first_account.system_id

    @property
    def password(self) -> str:
        """What the first account is opened with."""
        return self._first_account.password

    @property
    def _first_account(self) -> Account:
        if not self.accounts:
            raise ValueError(f"carrier {self.name} has no account")
        return self.accounts[0]

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """All its ports, the first one first."""
        return self._smsc.listeners

    @property
    def doors(self) -> tuple[Door, ...]:
        """The same with what a fault has made of each."""
        return self._smsc.doors

    @property
    def country(self) -> str:
        """``US``, ``CA`` or ``any``."""
        return self.profile.country

    @property
    def received(self) -> Received:
        """The messages that ESMEs submitted, refused ones too, oldest first, the newest 10,000."""
        return self._traffic.received

    @property
    def texts(self) -> list[str]:
        """Their texts, parts of long ones one by one."""
        return [message.text for message in self.received]

    def messages(self, text: str = "", *, source: str | None = None, destination: str | None = None) -> list[Message]:
        """Those that hold ``text`` and are between these numbers, with or without plus."""
        return matching(self.received, text=text, source=source, destination=destination)

    async def expect(
        self, text: str = "", *, source: str | None = None, destination: str | None = None, within: float = WITHIN_S
    ) -> Message:
        """The first message that holds ``text``, waiting for it ``within`` seconds, refused or not.

        ``source`` and ``destination`` are its numbers, with or without plus; AssertionError says what came instead.
        """
        __tracebackhide__ = True
        await hold_within(lambda: bool(self.messages(text, source=source, destination=destination)), within)
        return self.expect_at_once(text, source=source, destination=destination)

    def expect_at_once(self, text: str = "", *, source: str | None = None, destination: str | None = None) -> Message:
        """The same among those that have come already; AssertionError if none fits."""
        __tracebackhide__ = True
        if found := self.messages(text, source=source, destination=destination):
            return found[0]
        raise AssertionError(explain_missing(self, self.received, text=text, source=source, destination=destination))

    @property
    def received_mms(self) -> deque[MmsMessage]:
        """The MMS that VASPs submitted over MM7, refused ones too, oldest first, the newest 1,000."""
        return self.mmsc.traffic.received

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The ways to its accounts."""
        return tuple(self._mailboxes.values())

    @property
    def links(self) -> tuple[SmscLink, ...]:
        """Its connections, bound or not, in order of their arrival."""
        return tuple(self._smsc.links)

    @property
    def bind_count(self) -> int:
        """How many sessions are bound."""
        return self._traffic.bind_count

    @property
    def in_flight(self) -> int:
        """How many messages were accepted and have not come to their end."""
        return self._lifecycle.in_flight

    @property
    def acts_waiting(self) -> int:
        """How many things its phones are about to do, such as a reply that comes after five seconds."""
        return self._traffic.acts_waiting + self.mmsc.traffic.acts_waiting

    def __repr__(self) -> str:
        where = f"{self.host}:{self.port}" if self._is_started else "stopped"
        return f"<Carrier {self.name} {where}: {self.bind_count} bound, {self.in_flight} in flight>"

    def moment(self, monotonic: float) -> datetime:
        """The date of a moment in its monotonic seconds, such as a message's ``accepted_at``."""
        return moment_of(self._clock, monotonic)

    def held_for(self, number: str) -> int:
        """How many texts wait here for a phone that is off."""
        return self._traffic.reach.held_for(number) + self.mmsc.traffic.reach.held_for(number)

    # For whoever runs it

    async def start(self) -> None:
        """Listen. Raises OSError where that is not possible; then it listens nowhere."""
        loop = asyncio.get_running_loop()
        self._own_clock.attach(loop)
        await self._smsc.start()
        try:
            await self.mmsc.start()
        except BaseException:
            await self._smsc.stop()
            raise
        self.faults.started(self._clock.monotonic())
        self._agenda.start(loop)
        self._is_started = True

    async def stop(self) -> None:
        """Unbind all ESMEs and close the port. What is on its way waits for the next start."""
        self._is_started = False
        await self.mmsc.stop()
        # Before the good-byes: what an ESME has not answered when it is unbound would have it called.
        self._agenda.stop()
        await self._outbinds.stop()
        await self._smsc.stop()
        self.faults.stopped()

    async def outbind(self, host: str, port: int, *, system_id: str | None = None) -> None:
        """Call an ESME that listens and ask it to bind, as an account, the first unless told otherwise.

        Raises OSError where nobody answers, KeyError for an account that there is not.
        """
        mailbox = self._mailboxes[self.accounts[0].system_id if system_id is None else system_id]
        await self._outbinds.call(mailbox.account, host, port)

    def _call_esme(self, mailbox: Mailbox) -> None:
        self._outbinds.wake(mailbox)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    def __enter__(self) -> BlockingCarrier:
        self._blocking = BlockingCarrier(self)
        self._blocking.start()
        return self._blocking

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._blocking is not None:
            self._blocking.stop()

    # For its subscribers

    def handset(self, number: str) -> Handset:
        """The phone behind a number, with or without plus. Raises HandsetError for what is no number."""
        return self.directory.handset(number)

    def originate(self, handset: Handset, to: str, text: str, parts: InParts = WHOLE) -> None:
        """Carry a text from a phone to the account behind a number, which may be another carrier's, or to 7726.

        Raises HandsetError for a text that is too long, and when nobody could ever get it.
        """
        self._originations.text(handset, to, text, parts)

    def originate_mms(self, handset: Handset, to: str, text: str, media: tuple[Media, ...], subject: str) -> None:
        """Carry an MMS from a phone to the account behind a number, which may be another carrier's.

        Raises HandsetError when nobody could ever get it.
        """
        self._originations.mms(handset, to, text, media, subject)

    def report_spam(self, handset: Handset, message: TextMessage) -> SpamReport:
        """Tell the owner of the source number that a subscriber reported one of its texts."""
        return self._originations.report_spam(handset, message)

    def deliver_mms(
        self, mailbox: Mailbox, *, sender: str, to: str, text: str, subject: str, media: tuple[Media, ...]
    ) -> bool:
        """Hand an MMS to one of its accounts over MM7; False when the account is not connected."""
        return self.mmsc.traffic.reports.deliver(mailbox, sender=sender, to=to, text=text, subject=subject, media=media)

    def read_mms(self, handset: Handset, message: TextMessage) -> None:
        """Tell an MMS's sender, if it was submitted here and asks to be told."""
        self.mmsc.traffic.read(handset.number, message.carrier_message_ids[0], self._clock.monotonic())

    def connect_vasp(self, system_id: str, url: str) -> None:
        """Post an account's delivery reports and MMS to this URL; credentials may stand in it.

        KeyError: there is no such account. ValueError: it is no URL.
        """
        if system_id not in self._mailboxes:
            raise KeyError(f"carrier {self.name} has no account {system_id!r}; it has {', '.join(self._mailboxes)}")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"vasp_url: found {url!r}, expected an http or https URL")
        self.mmsc.traffic.reports.connect(system_id, url)

    def handset_changed(self, handset: Handset) -> None:
        """A phone is in another state; for the directory."""
        self._traffic.reach.changed(handset, self._clock.monotonic())
        self.mmsc.traffic.reach.release(handset, self._clock.monotonic())

    def _flush(self) -> None:
        for mailbox in self._mailboxes.values():
            mailbox.flush()


def _limits(habit: SessionHabit) -> SmscLimits:
    return SmscLimits(
        session=SessionLimits(window_max=habit.window_size),
        bind_within_s=habit.bind_within_s,
        idle_enquire_s=habit.enquire_link_s or None,
        inactivity_s=habit.inactivity_s or None,
    )
