"""What a carrier does not let pass although the PDU is sound: blocked numbers, registration, opt-out, content, quotas.

In this order, as the first that says no is what the sender is told. Addresses and the rate of a number come before,
in admission; faults come after.
"""

from typing import Final
from zoneinfo import ZoneInfo

from powerpack_carriers import content, registration
from powerpack_carriers.caps import Caps, Sender, Service
from powerpack_carriers.complaints import Complaints
from powerpack_carriers.messages import NO_ERROR, UNDECIDED, Message
from powerpack_carriers.numbering import NumberType, number_type
from powerpack_carriers.ports import Clock, Journal
from powerpack_carriers.profile import Profile
from powerpack_carriers.registration import Campaign, Registry
from powerpack_carriers.smpp.constants import CommandStatus, MessageState
from powerpack_carriers.tollfree_optout import Heard, OptedOut
from powerpack_carriers.verdict import Verdict

PACIFIC: Final = ZoneInfo("America/Los_Angeles")
"""Where T-Mobile's day begins and ends (Bird, Hustle)."""

_CONTENT: Final = "content: "
"""What the names of rules about texts begin with."""

_DAY_READ_S: Final = 1.0
"""The date is read again after so many seconds: midnight is a second late at most, and messages cost nothing."""


class Policy:
    """The policy of one carrier. ``registry`` may be set, filled and taken away while it runs.

    ``opted_out`` is the toll-free network's, which carriers share; one of its own without.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock,
        journal: Journal,
        registry: Registry | None = None,
        opted_out: OptedOut | None = None,
    ) -> None:
        self.registry = registry
        self.opted_out = OptedOut() if opted_out is None else opted_out
        self._name = profile.name
        self._registration = profile.registration
        self._content = profile.content
        self._optout = profile.tollfree_optout
        self._has_content = profile.content != content.NO_RULES
        self._caps = Caps(profile.limits, day_of=self._day_of) if profile.limits else None
        self._complaint_rules = profile.complaints
        self.complaints = Complaints(profile.complaints) if profile.complaints else None
        self._clock = clock
        self._journal = journal
        self._day, self._day_read_at = 0, float("-inf")
        self.is_active = bool(
            profile.limits
            or self._has_content
            or self._optout
            or profile.complaints
            or profile.registration != registration.NO_RULES
        )
        """Whether there is anything to decide about."""

    def decide(self, message: Message, now: float) -> int:
        """The command_status of a message; one that is let in may be fated to end REJECTED."""
        return self._enforce(message, *self._judge(message, now))

    def decide_text(self, message: Message) -> int:
        """The same for the new text of a message that was let in: its sender and its quotas were judged before.

        One that was fated to end REJECTED for its text loses that fate when nothing is wrong with the new one.
        """
        if not self._has_content:
            return CommandStatus.ESME_ROK
        rule, verdict = content.judge(self._content, message.text, message.source.number_type)
        if verdict is None and message.rejected_by.startswith(_CONTENT):
            message.fate, message.error, message.rejected_by = UNDECIDED, NO_ERROR, ""
        return self._enforce(message, f"{_CONTENT}{rule}", verdict)

    def _enforce(self, message: Message, rule: str, verdict: Verdict | None) -> int:
        if verdict is None:
            return CommandStatus.ESME_ROK
        self._journal.record(
            "carrier.blocked",
            carrier=self._name,
            rule=rule,
            verdict=str(verdict),
            source=message.source.digits,
            destination=message.destination.digits,
        )
        message.rejected_by = rule
        if verdict.status:
            return verdict.status
        message.fate, message.error = MessageState.REJECTED, verdict.error
        return CommandStatus.ESME_ROK

    def hear(self, text: str, *, number: str, handset: str) -> str:
        """A phone wrote to a number: what the network answers, empty for nothing."""
        if self._optout is None or number_type(number) is not NumberType.TOLLFREE:
            return ""
        heard = self._optout.hear(text)
        if heard is Heard.NOTHING or not self.opted_out.hear(heard, number=number, handset=handset):
            return ""
        return self._optout.reply(heard, text)

    def complained(self, number: str, now: float, *, handset: str) -> None:
        """A phone reported a text from a number as spam."""
        if self.complaints is None:
            return
        campaign = self._campaign_of(number)
        campaign_id = "" if campaign is None else campaign.campaign_id
        for what in self.complaints.take(now, number=number, campaign_id=campaign_id, handset=handset):
            self._journal.record("carrier.sender_blocked", carrier=self._name, what=what, number=number)

    def _campaign_of(self, number: str) -> Campaign | None:
        """None for a number without a campaign."""
        return None if self.registry is None else self.registry.campaign_of(number)

    def _judge(self, message: Message, now: float) -> tuple[str, Verdict | None]:
        number = message.source.digits
        campaign = self._campaign_of(number)
        if self.complaints is not None and self._complaint_rules is not None:
            campaign_id = "" if campaign is None else campaign.campaign_id
            if self.complaints.blocks(number) or self.complaints.blocks(campaign_id):
                return "complaints", self._complaint_rules.blocked
        if self.registry is not None:
            rule, verdict = registration.judge(self._registration, self.registry, message)
            if verdict is not None:
                return f"registration: {rule}", verdict
        source = message.source
        if (
            self._optout is not None
            and source.number_type is NumberType.TOLLFREE
            and self.opted_out.has(number=source.digits, handset=message.destination.digits)
        ):
            return "opted out", self._optout.blocked
        if self._has_content:
            rule, verdict = content.judge(self._content, message.text, source.number_type)
            if verdict is not None:
                return f"{_CONTENT}{rule}", verdict
        return ("", None) if self._caps is None else self._judge_caps(self._caps, message, campaign, now)

    def _judge_caps(
        self, caps: Caps, message: Message, campaign: Campaign | None, now: float
    ) -> tuple[str, Verdict | None]:
        source = message.source
        sender = Sender(
            source.digits,
            source.number_type,
            campaign,
            message.link.name,
            message.system_id,
            Service.MMS if message.is_mms else Service.SMS,
        )
        limit = caps.admit(now, sender, message.segments)
        return ("", None) if limit is None else (f"limit: {limit.name}", limit.excess)

    def _day_of(self, now: float) -> int:
        if now - self._day_read_at >= _DAY_READ_S:
            self._day, self._day_read_at = self._clock.now().astimezone(PACIFIC).toordinal(), now
        return self._day
