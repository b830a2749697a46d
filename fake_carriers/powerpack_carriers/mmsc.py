"""The MMSC of one carrier: an HTTP port that VASPs post MM7 to, and what it posts to them.

::

    SubmitReq -> Basic auth -> admission, policy, faults -> SubmitRsp
                                   |
                                   +-> a delay -> handset -> DeliveryReportReq

    handset.send_mms -> which account? -> DeliverReq -> VASP

Opinions about messages are in ``mms_traffic``; this file speaks.
"""

from collections.abc import Mapping
from random import Random
from typing import Final

from powerpack_carriers.agenda import Agenda
from powerpack_carriers.dice import dice_of
from powerpack_carriers.directory import Directory
from powerpack_carriers.faults.pipeline import Faults
from powerpack_carriers.lifecycle import Lifecycle
from powerpack_carriers.mailbox import Mailbox
from powerpack_carriers.message_ids import message_ids
from powerpack_carriers.mm7.answers import error_rsp, plain_rsp, submit_rsp
from powerpack_carriers.mm7.basic_auth import read_basic
from powerpack_carriers.mm7.content import Attached, Content, read_content, split_request
from powerpack_carriers.mm7.errors import FormatCorrupt, Mm7Error, Refused, ValidationError
from powerpack_carriers.mm7.http_server import HttpAnswer, HttpRequest, HttpServer, Reply
from powerpack_carriers.mm7.requests import MM7, Cancel, Dialect, Replace, Submit, read_request
from powerpack_carriers.mm7.status import StatusCode
from powerpack_carriers.mms_page import media_of, page_of
from powerpack_carriers.mms_reports import MmsReports
from powerpack_carriers.mms_traffic import Decided, MmsTraffic
from powerpack_carriers.policy import Policy
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile

PATH: Final = "/mm7"
"""Where VASPs post."""

PAGES: Final = "/mms/"
"""Where the links in texts lead."""


def build_mmsc(
    name: str,
    profile: Profile,
    *,
    mailboxes: Mapping[str, Mailbox],
    directory: Directory,
    faults: Faults,
    policy: Policy,
    agenda: Agenda,
    clock: Clock,
    journal: Journal,
    seed: int,
    host: str,
    port: int,
) -> "Mmsc":
    """A carrier's MMSC, which shares the phones, the policy and the faults of its SMSC; its chance is its own."""
    reports = MmsReports(
        name, faults=faults, dice=dice_of(f"{seed}:{name}:mm7"), plan=agenda.plan, clock=clock, journal=journal
    )
    lifecycle = Lifecycle(
        profile,
        ids=message_ids(profile.message_id, Random(f"{seed}:{name}:mm7 message_id")),
        dice=dice_of(f"{seed}:{name}:mm7 lifecycle"),
    )
    traffic = MmsTraffic(
        name,
        profile,
        directory=directory,
        lifecycle=lifecycle,
        reports=reports,
        faults=faults,
        policy=policy,
        dice=dice_of(f"{seed}:{name}:mms page"),
        agenda=agenda,
        clock=clock,
        journal=journal,
    )
    return Mmsc(name, traffic, mailboxes=mailboxes, clock=clock, journal=journal, host=host, port=port)


_UNAUTHORIZED: Final = HttpAnswer(
    status=401,
    content_type="text/plain",
    body=b"the account and its password are asked for, as HTTP Basic",
    headers=(("WWW-Authenticate", 'Basic realm="MMSC"'),),
)


class Mmsc:
    """One port. ``traffic`` decides; ``mailboxes`` are the accounts that may submit."""

    def __init__(
        self,
        name: str,
        traffic: MmsTraffic,
        *,
        mailboxes: Mapping[str, Mailbox],
        clock: Clock,
        journal: Journal,
        host: str,
        port: int,
    ) -> None:
        self.name = name
        self.traffic = traffic
        self._mailboxes = mailboxes
        self._clock = clock
        self._journal = journal
        self._server = HttpServer(self._serve, clock=clock, host=host, port=port)

    def __repr__(self) -> str:
        return f"<Mmsc {self.url}: {self.traffic.in_flight} in flight>"

    @property
    def port(self) -> int:
        """Where it listens; as given before ``start``."""
        return self._server.port

    @property
    def url(self) -> str:
        """Where VASPs post."""
        return f"{self._base}{PATH}"

    @property
    def _base(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self._server.host, self._server.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises OSError where that is not possible, with who wanted which port."""
        try:
            await self._server.start()
        except OSError as error:
            where = f"{self._server.host}:{self._server.port}"
            problem = f"the MMSC of carrier {self.name} can not listen on {where}: {error.strerror or error}"
            raise OSError(error.errno, problem) from error
        self.traffic.pages_url = f"{self._base}{PAGES}"

    async def stop(self) -> None:
        """Close the port; reports that are not delivered wait for the next start."""
        await self._server.stop()
        await self.traffic.stop()

    # Requests

    def _serve(self, request: HttpRequest, reply: Reply) -> None:
        if request.path.startswith(PAGES):
            reply(self._page(request))
        elif request.path.rstrip("/") != PATH:
            problem = f"there is nothing at {request.path[:200]}; MM7 is posted to {PATH}"
            reply(HttpAnswer(status=404, content_type="text/plain", body=problem.encode("ascii", "replace")))
        elif request.method != "POST":
            headers = (("Allow", "POST"),)
            reply(HttpAnswer(status=405, content_type="text/plain", body=b"MM7 is posted", headers=headers))
        else:
            self._serve_mm7(request, reply)

    def _serve_mm7(self, request: HttpRequest, reply: Reply) -> None:
        credentials = read_basic(request.headers.get("authorization", ""))
        mailbox = None if credentials is None else self._mailboxes.get(credentials[0])
        if credentials is None or mailbox is None or credentials[1] != mailbox.account.password:
            self._journal.record(
                "carrier.mm7_refused", carrier=self.name, status=401, reason="wrong account or password"
            )
            reply(_UNAUTHORIZED)
            return
        try:
            attached = split_request(request.headers.get("content-type", ""), request.body)
            asked = read_request(attached.soap)
            self._check_vaspid(asked.vaspid, mailbox)
            self._answer(asked, attached, mailbox, reply)
        except Mm7Error as error:
            dialect = Dialect(transaction_id=error.transaction_id, namespace=error.namespace or MM7)
            self._refuse(dialect, error.status, str(error), reply)

    def _answer(self, asked: Submit | Cancel | Replace, attached: Attached, mailbox: Mailbox, reply: Reply) -> None:
        try:
            match asked:
                case Submit():
                    content = _content_of(attached, asked.href)
                    self.traffic.submit(asked, content, mailbox, lambda decided: self._say(decided, reply))
                case Cancel():
                    self.traffic.cancel(asked, mailbox)
                    reply(HttpAnswer(body=plain_rsp(asked.dialect, "CancelRsp")))
                case Replace():
                    self.traffic.replace(asked, _content_of(attached, asked.href), mailbox)
                    reply(HttpAnswer(body=plain_rsp(asked.dialect, "ReplaceRsp")))
        except Mm7Error as error:
            self._refuse(asked.dialect, error.status, str(error), reply)

    def _say(self, decided: Decided, reply: Reply) -> None:
        """Answer a submit as traffic and faults want it."""
        plan = decided.plan
        if plan.hangs_up:
            reply(None)
            return
        asked = decided.dialect
        dialect = Dialect(
            transaction_id=asked.transaction_id if plan.transaction_id is None else plan.transaction_id,
            namespace=plan.namespace or asked.namespace,
            version=asked.version,
        )
        if plan.raw_body is not None:
            reply(HttpAnswer(status=plan.http_status, content_type="text/html", body=plan.raw_body))
        elif decided.status in (StatusCode.SUCCESS, StatusCode.PARTIAL_SUCCESS):
            body = submit_rsp(dialect, decided.message_id, decided.status, decided.details)
            reply(HttpAnswer(status=plan.http_status, body=body, says_length=plan.says_length))
        else:
            self._refuse(dialect, decided.status, decided.details, reply, http_status=plan.http_status)

    def _refuse(self, dialect: Dialect, status: int, details: str, reply: Reply, *, http_status: int = 200) -> None:
        self._journal.record("carrier.mm7_refused", carrier=self.name, status=int(status), reason=details)
        reply(HttpAnswer(status=http_status, body=error_rsp(dialect, status, details)))

    def _check_vaspid(self, vaspid: str, mailbox: Mailbox) -> None:
        if vaspid != mailbox.account.system_id:
            found = f"found VASPID {vaspid[:40]!r}, expected the account that the request was authorized with"
            raise Refused(StatusCode.IMPROPER_IDENTIFICATION, found)

    # Pages

    def _page(self, request: HttpRequest) -> HttpAnswer:
        key, _, place = request.path.removeprefix(PAGES).partition("/")
        message = self.traffic.page(key)
        if message is None:
            return HttpAnswer(status=404, content_type="text/plain", body=b"this message is not kept any more")
        if place:
            return media_of(message, place)
        self.traffic.viewed(message, self._clock.monotonic())
        return page_of(message, f"{PAGES}{key}")


def _content_of(attached: Attached, href: str) -> Content:
    """What a request carries; raises FormatCorrupt where ``href`` names a part that is not there."""
    if attached.content is None:
        raise ValidationError("found no content, expected a part beside the SOAP part")
    if href and attached.content_id and href != attached.content_id:
        raise FormatCorrupt(f"Content names cid:{href[:80]}, found the part <{attached.content_id[:80]}>")
    return read_content(attached.content, attached.content_size)
