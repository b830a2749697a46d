"""The MMSC answers a SubmitReq as it should not: another status, no SOAP, another transaction, or it hangs up."""

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import ClassVar, Final

from powerpack_carriers.faults.fault import FaultConfig, MmsAnswerPlan
from powerpack_carriers.messages import Message
from powerpack_carriers.mm7.status import StatusCode
from powerpack_carriers.settings import between

NAMESPACE_TO_COME: Final = "http://www.3gpp.org/ftp/Specs/archive/23_series/23.140/schema/REL-99-MM7-99-0"
"""TS 23.140 ended with release 6."""


class Form(Enum):
    """What is wrong with the answer."""

    STATUS = "status"
    """The StatusCode is ``status_code``; from 2000 on the message is refused."""
    HTTP_500 = "http_500"
    """The carrier's own answer, with the HTTP status 500; some put their Faults so (SOAP 1.1, 6.2)."""
    NOT_XML = "not_xml"
    """The page of a proxy, with the HTTP status 502; the message is accepted all the same."""
    EMPTY = "empty"
    """HTTP 200 and nothing; accepted all the same."""
    WRONG_TRANSACTION = "wrong_transaction"
    """The answer to another request, by its TransactionID; accepted all the same."""
    UNKNOWN_NAMESPACE = "unknown_namespace"
    """SOAP in a name space that nobody has heard of, as of a release to come; accepted all the same."""
    NO_LENGTH = "no_length"
    """No Content-Length: the answer ends with the connection (RFC 9112, 6.3); accepted all the same."""
    HANG_UP = "hang_up"
    """The connection ends without an answer; accepted all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mm7AnswerConfig(FaultConfig):
    """``form`` is one of the words of ``Form``; ``status_code`` is for ``status``: 4006 is busy, 4005 is final."""

    word: ClassVar[str] = "mm7_answer"

    form: Form = Form.STATUS
    status_code: int = int(StatusCode.SERVICE_UNAVAILABLE)

    def __post_init__(self) -> None:
        # Slotted dataclasses are made anew by their decorator: a bare super() would look at the class before that.
        super(Mm7AnswerConfig, self).__post_init__()
        between("status_code", self.status_code, 1000, 9999)
        if self.status_code not in set(StatusCode):
            raise ValueError(f"status_code: found {self.status_code}, expected one of TS 23.140, such as 4006")

    def build(self, dice: Random) -> "Mm7Answer":
        return Mm7Answer(self)


class Mm7Answer:
    """Spoils the answer."""

    def __init__(self, config: Mm7AnswerConfig) -> None:
        self._config = config

    def on_mms_answer(self, message: Message, plan: MmsAnswerPlan) -> None:
        match self._config.form:
            case Form.STATUS:
                plan.status_code = self._config.status_code
            case Form.HTTP_500:
                plan.http_status = 500
            case Form.NOT_XML:
                plan.http_status, plan.raw_body = 502, b"<html><h1>Bad Gateway</h1>"
            case Form.EMPTY:
                plan.raw_body = b""
            case Form.WRONG_TRANSACTION:
                plan.transaction_id = "somebody-else-1"
            case Form.UNKNOWN_NAMESPACE:
                plan.namespace = NAMESPACE_TO_COME
            case Form.NO_LENGTH:
                plan.says_length = False
            case Form.HANG_UP:
                plan.hangs_up = True
