"""Journals made by hand, for oracles: events in order, PDUs as the wire has them."""

from powerpack_carriers.smpp.codec import encode
from powerpack_carriers.smpp.constants import CommandId, CommandStatus
from powerpack_carriers.smpp.fields import FieldValue
from powerpack_carriers.smpp.pdus import Pdu
from powerpack_lab.observed import Observed, kind_of

ANA, BEN = "14155550101", "12065550102"
LONGCODE, SHORTCODE = "14155550180", "72345"


class Story:
    """Collects events; every method adds one and moves the clock on when told ``at``."""

    def __init__(self) -> None:
        self.events: list[Observed] = []
        self.moment = 0.0

    def add(self, kind: str, at: float | None = None, /, **fields: object) -> "Story":
        """One event."""
        self.moment = self.moment if at is None else at
        event = Observed.of(len(self.events) + 1, self.moment, kind_of(kind, fields), fields)
        self.events.append(event)
        return self

    def without(self, kind: str) -> "Story":
        """The same journal with all events of a kind cut out."""
        story = Story()
        story.events = [event for event in self.events if event.kind != kind]
        return story

    def pdu(self, side: str, direction: str, raw: bytes, link: str = "att#1") -> "Story":
        """A PDU."""
        return self.add("pdu", None, side=side, link=link, direction=direction, raw=raw)

    def submit(self, source: str, handset: str, text: str = "Hello 1.", sequence: int = 2) -> "Story":
        """A submit_sm, seen by both sides."""
        raw = submit_sm(source, handset, text, sequence)
        return self.pdu("gateway", ">", raw).pdu("carrier", "<", raw)

    def mms(self, source: str, handset: str, uuid: str = "m1", status: int | None = 1000) -> "Story":
        """A SubmitReq and, unless ``status`` is None, its answer, as the gateway sees them; 0: it never came."""
        common = {"side": "gateway", "link": "att", "uuid": uuid}
        self.add("mm7", None, **common, direction=">", operation="SubmitReq", source=source, destination=handset)
        if status is not None:
            self.add("mm7", None, **common, direction="<", operation="SubmitRsp", status=status, problem="")
        return self

    def respond(self, message_id: str = "a1", sequence: int = 2, status: int = CommandStatus.ESME_ROK) -> "Story":
        """The carrier's answer, seen by both sides."""
        fields: dict[str, FieldValue] = {"message_id": message_id} if status == CommandStatus.ESME_ROK else {}
        raw = octets(CommandId.submit_sm_resp, sequence, status, **fields)
        return self.pdu("carrier", ">", raw).pdu("gateway", "<", raw)

    def stages(self, uuid: str, *stages: str) -> "Story":
        """Steps of a message's life."""
        for before, stage in zip(("QUEUED", *stages), stages, strict=False):
            self.add("message.stage", None, uuid=uuid, stage=stage, before=before, input="")
        return self

    def told(
        self, uuid: str, *statuses: str, signed: bool = True, answer: int = 200, nonce: str | None = None
    ) -> "Story":
        """Callbacks as they were received, each with a nonce of its own unless there is one for all."""
        for status in statuses:
            fresh = str(len(self.events)) if nonce is None else nonce
            self.add("webhook.received", None, uuid=uuid, status=status, signed=signed, nonce=fresh, answer=answer)
        return self

    def stop(self, number: str, handset: str, sequence: int = 7) -> "Story":
        """A STOP that the gateway acknowledges."""
        raw = octets(
            CommandId.deliver_sm, sequence, source_addr=handset, destination_addr=number, short_message=b"Stop."
        )
        return self.deliver(raw).pdu("gateway", ">", octets(CommandId.deliver_sm_resp, sequence))

    def deliver(self, raw: bytes) -> "Story":
        """A deliver_sm, seen by both sides."""
        return self.pdu("carrier", ">", raw).pdu("gateway", "<", raw)


def octets(command_id: CommandId, sequence: int, status: int = CommandStatus.ESME_ROK, **fields: FieldValue) -> bytes:
    """A PDU on the wire."""
    return encode(Pdu(command_id=command_id, sequence_number=sequence, command_status=status, fields=fields))


def submit_sm(source: str, handset: str, text: str, sequence: int) -> bytes:
    """A submit_sm as octets."""
    return octets(
        CommandId.submit_sm,
        sequence,
        source_addr=source,
        destination_addr=handset,
        short_message=text.encode("ascii"),
    )


def good() -> Story:
    """One message, all the way, with nothing wrong about it."""
    story = Story()
    story.add("number.selected", uuid="u1", number=LONGCODE, destination=ANA, reasons=("number priority: longcode",))
    story.add("message.accepted", uuid="u1", source=LONGCODE, destination=ANA, units=1)
    story.add("traffic.sent", uuid="u1", destination=ANA, text="Hello 1.", callback=True)
    story.stages("u1", "SUBMITTED").submit(LONGCODE, ANA).respond("a1").stages("u1", "SENT")
    story.add("handset.received", 1.0, number=ANA, carrier="att", source=LONGCODE, message_ids=("a1",))
    story.add("message.receipt", uuid="u1", carrier="att", id="a1", state="DELIVERED").stages("u1", "DELIVERED")
    return story.told("u1", "queued", "sent", "delivered")
