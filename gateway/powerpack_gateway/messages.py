"""A message's life: one table of stages and inputs, and the message that goes through it.

Rules:

1. Every change of stage is in ``LIFE`` below; nothing else decides what may follow what.
2. Final stages have no way out. A late response or receipt for a finished message is somebody else's news: the
   journal gets it, the message does not (design.md 5: final states are sticky).
3. A message from a handset begins as RECEIVED and stays so, unless it has an application: then the answer of its
   ``message_url`` says what becomes of it (plivo_api.md 3.1).
4. What the API calls ``message_state`` is derived from the stage; it is coarser, since Plivo shows nothing between
   the acceptance and the carrier's answer.

``LOSE`` is the unknown outcome: the submit_sm left and its answer will not come. What happens next is the route's
policy (design.md 5), so UNKNOWN may be submitted again, or wait for a receipt that settles it.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum

import msgspec

from powerpack_gateway.numbers import Service


class Stage(Enum):
    """Where a message is; the values are what the store keeps."""

    QUEUED = 0
    SUBMITTED = 1
    UNKNOWN = 2
    SENT = 3
    DELIVERED = 4
    UNDELIVERED = 5
    FAILED = 6
    RECEIVED = 7


class Input(Enum):
    """What can happen to a message."""

    SUBMIT = "submit"  # its first part goes to the carrier
    ACCEPT = "accept"  # the carrier took every part
    REFUSE = "refuse"  # the carrier refused a part for good
    DEFER = "defer"  # the carrier refused for now: throttled, queue full
    LOSE = "lose"  # sent, and no answer will come
    DELIVER = "deliver"  # receipts say that every part arrived
    UNDELIVER = "undeliver"  # a receipt says that it will not arrive
    BLOCK = "block"  # STOP, no number, no route, wrong destination
    EXPIRE = "expire"  # its time ran out before it was sent
    HEAR = "hear"  # the application acknowledged a handset's message
    MISS = "miss"  # the application did not, however often it was told


LIFE: Mapping[tuple[Stage, Input], Stage] = {
    (Stage.QUEUED, Input.SUBMIT): Stage.SUBMITTED,
    (Stage.QUEUED, Input.BLOCK): Stage.FAILED,
    (Stage.QUEUED, Input.EXPIRE): Stage.FAILED,
    # The next two happen to a message of several parts, of which one was deferred while another was answered.
    (Stage.QUEUED, Input.REFUSE): Stage.FAILED,
    (Stage.QUEUED, Input.UNDELIVER): Stage.UNDELIVERED,
    # And this to one that was submitted again because its answer was late, and refused for now: then the answer came.
    (Stage.QUEUED, Input.ACCEPT): Stage.SENT,
    (Stage.SUBMITTED, Input.ACCEPT): Stage.SENT,
    (Stage.SUBMITTED, Input.REFUSE): Stage.FAILED,
    (Stage.SUBMITTED, Input.DEFER): Stage.QUEUED,
    (Stage.SUBMITTED, Input.LOSE): Stage.UNKNOWN,
    (Stage.SUBMITTED, Input.DELIVER): Stage.DELIVERED,
    (Stage.SUBMITTED, Input.UNDELIVER): Stage.UNDELIVERED,
    # And these to one of which a part went out, and the rest can not: STOP came between them, or no answer ever.
    (Stage.SUBMITTED, Input.BLOCK): Stage.FAILED,
    (Stage.SUBMITTED, Input.EXPIRE): Stage.FAILED,
    (Stage.UNKNOWN, Input.SUBMIT): Stage.SUBMITTED,
    (Stage.UNKNOWN, Input.ACCEPT): Stage.SENT,
    # The next two happen to a message of several parts, of which one got no answer before another was answered.
    (Stage.UNKNOWN, Input.REFUSE): Stage.FAILED,
    (Stage.UNKNOWN, Input.DEFER): Stage.QUEUED,
    (Stage.UNKNOWN, Input.DELIVER): Stage.DELIVERED,
    (Stage.UNKNOWN, Input.UNDELIVER): Stage.UNDELIVERED,
    (Stage.UNKNOWN, Input.BLOCK): Stage.FAILED,
    (Stage.UNKNOWN, Input.EXPIRE): Stage.FAILED,
    (Stage.SENT, Input.DELIVER): Stage.DELIVERED,
    (Stage.SENT, Input.UNDELIVER): Stage.UNDELIVERED,
    (Stage.RECEIVED, Input.HEAR): Stage.DELIVERED,
    (Stage.RECEIVED, Input.MISS): Stage.UNDELIVERED,
}

FINAL = frozenset({Stage.DELIVERED, Stage.UNDELIVERED, Stage.FAILED})

FINAL_VALUES = frozenset(each.value for each in FINAL)
"""The same by their values: an enum's own hash is computed in Python."""

UNDER_WAY_VALUES = frozenset({Stage.QUEUED.value, Stage.SUBMITTED.value, Stage.UNKNOWN.value, Stage.SENT.value})
"""Stages whose messages are open, whoever is told of them."""

MESSAGE_STATE: Mapping[Stage, str] = {
    Stage.QUEUED: "queued",
    Stage.SUBMITTED: "queued",
    Stage.UNKNOWN: "queued",
    Stage.SENT: "sent",
    Stage.DELIVERED: "delivered",
    Stage.UNDELIVERED: "undelivered",
    Stage.FAILED: "failed",
    Stage.RECEIVED: "received",
}
"""The API's word for each stage (plivo_api.md 3.1)."""


_FOLLOWING = {(stage._value_, happened._value_): following for (stage, happened), following in LIFE.items()}
"""The same table by values: an enum's own hash is computed in Python, and this is asked three times a message."""


def step(stage: Stage, happened: Input) -> Stage | None:
    """The stage that follows, or None when this input means nothing in this stage."""
    return _FOLLOWING.get((stage._value_, happened._value_))


class ErrorCode(StrEnum):
    """The API's ``error_code`` values that the gateway causes (plivo_api.md 3.2)."""

    NONE = "000"
    INVALID_MESSAGE = "10"
    NETWORK_ERROR = "20"
    SPAM = "30"
    INVALID_SOURCE = "40"
    INVALID_DESTINATION = "50"
    UNAVAILABLE_PERMANENTLY = "70"
    UNAVAILABLE_TEMPORARILY = "80"
    NO_ROUTE = "90"
    PROHIBITED_BY_CARRIER = "100"
    TOO_LONG = "110"
    MEDIA_TOO_LARGE = "120"
    MEDIA_UNSUPPORTED = "130"
    MEDIA_FAILED = "140"
    STOPPED = "200"
    TOLLFREE_TO_CANADA = "201"
    NOT_DISPATCHED = "300"
    EXPIRED = "420"
    COUNTRY_BARRED = "450"
    GEO_THRESHOLD = "451"
    INSUFFICIENT_CREDIT = "900"
    ACCOUNT_DISABLED = "910"
    TOLLFREE_LIMIT = "960"
    UNKNOWN = "1000"


ERROR_WORDS: Mapping[str, str] = {
    ErrorCode.NONE: "Delivered",
    ErrorCode.INVALID_MESSAGE: "Invalid message",
    ErrorCode.NETWORK_ERROR: "Network error",
    ErrorCode.SPAM: "Spam detected",
    ErrorCode.INVALID_SOURCE: "Invalid source number",
    ErrorCode.INVALID_DESTINATION: "Invalid destination number",
    ErrorCode.UNAVAILABLE_PERMANENTLY: "Destination permanently unavailable",
    ErrorCode.UNAVAILABLE_TEMPORARILY: "Destination temporarily unavailable",
    ErrorCode.NO_ROUTE: "No route available",
    ErrorCode.PROHIBITED_BY_CARRIER: "Prohibited by carrier",
    ErrorCode.TOO_LONG: "Message too long",
    ErrorCode.MEDIA_TOO_LARGE: "Media larger than 5 MB",
    ErrorCode.MEDIA_UNSUPPORTED: "Unsupported media",
    ErrorCode.MEDIA_FAILED: "Media could not be processed",
    ErrorCode.STOPPED: "Source number blocked by STOP from destination number",
    ErrorCode.TOLLFREE_TO_CANADA: "Source number blocked: toll-free to Canada",
    ErrorCode.NOT_DISPATCHED: "Failed to dispatch message",
    ErrorCode.EXPIRED: "Message expired",
    ErrorCode.COUNTRY_BARRED: "Destination country barred",
    ErrorCode.GEO_THRESHOLD: "Geo-permission threshold exceeded",
    ErrorCode.INSUFFICIENT_CREDIT: "Insufficient credit",
    ErrorCode.ACCOUNT_DISABLED: "Account disabled",
    ErrorCode.TOLLFREE_LIMIT: "Unverified toll-free sending limit exceeded",
    ErrorCode.UNKNOWN: "Unknown error",
}


class Direction(StrEnum):
    """Who sent it: the account, or a handset."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


_INBOUND = Direction.INBOUND


class Message(msgspec.Struct, kw_only=True, eq=False, gc=False, array_like=True):
    """One message on its way. Times are Unix seconds; numbers are digits without a plus.

    A Struct, which is made in a fifth of a dataclass's time; it refers to nothing that could refer to it, so the
    garbage collector need not look at it.

    ``told`` counts the notices (``notices()``) that its receiver has acknowledged or that were given up, so that the
    callbacks which are still owed follow from the message itself and need no table of their own.
    ``carrier_ids`` has one entry a part, empty until the carrier has answered for it; ``arrived`` counts the parts
    whose receipt said delivered. ``intent`` of an inbound message is what it asks for (Plivo's ``MessageIntent``); of
    an outbound one it is the intent that it answers by itself, which a STOP does not hold back.
    ``media`` are the ids of an MMS's attachments, in their order.
    ``announced`` counts the notices handed to the callbacks since this process started; it is not stored.
    ``lease`` names the work it belongs to where several gateways share a database, and is empty elsewhere; ``is_left``
    says that another gateway goes on with it, and is not stored.
    ``history`` is for ``powerpack_gateway.history`` to write and to read.
    The order of the fields is on disk (``store.sqlite_log``): a new one goes to the end, and none goes away.
    """

    id: int
    uuid: str
    direction: Direction
    service: Service
    destination: str
    text: str
    created_at: float
    source: str = ""
    powerpack_uuid: str | None = None
    country: str = ""
    units: int = 1
    callback_url: str | None = None
    callback_method: str = "POST"
    log: str = "true"
    requester_ip: str = ""
    expires_at: float = 0.0
    stage: Stage = Stage.QUEUED
    error_code: str | None = None
    carrier: str | None = None
    sent_at: float | None = None
    updated_at: float = 0.0
    told: int = 0
    intent: str = ""
    reasons: tuple[str, ...] = ()
    carrier_ids: tuple[str, ...] = ()
    arrived: int = 0
    attempts: int = 0
    media: tuple[str, ...] = ()
    announced: int = 0
    lease: str = ""
    history: bytes = b""
    is_left: bool = False

    @property
    def is_final(self) -> bool:
        """Whether nothing can change its stage any more."""
        if self.stage._value_ in FINAL_VALUES:
            return True
        return self.stage is Stage.RECEIVED and (self.callback_url is None or self.told > 0)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done for it: to send it, to hear of it, to tell its callbacks."""
        owes_callback = self.callback_url is not None and self.told < self.notices_due
        return owes_callback or self.stage._value_ in UNDER_WAY_VALUES

    @property
    def state(self) -> str:
        """The API's ``message_state``."""
        return MESSAGE_STATE[self.stage]

    @property
    def notices_due(self) -> int:
        """How many ``notices`` there are."""
        if self.direction is _INBOUND:
            return 1
        return 1 + (self.sent_at is not None) + (self.stage._value_ in FINAL_VALUES)

    def notices(self) -> tuple[str, ...]:
        """The statuses its callback URL is owed so far, in order: queued, sent, and the final one.

        An inbound message owes one: its ``received`` webhook.
        """
        if self.direction is Direction.INBOUND:
            return (MESSAGE_STATE[Stage.RECEIVED],)
        reached = ["queued"]
        if self.sent_at is not None:
            reached.append("sent")
        if self.is_final:
            reached.append(self.state)
        return tuple(reached)
