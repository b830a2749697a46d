"""What the invariants say of a journal made by hand."""

from lab.journals import LONGCODE, SHORTCODE, Story, good
from powerpack_carriers.profile import Rate
from powerpack_gateway.numbers import NumberType
from powerpack_lab.invariant import Terms
from powerpack_lab.invariants import check

TERMS = Terms(
    numbers={LONGCODE: "US", SHORTCODE: "US"},
    without_mms=frozenset({SHORTCODE}),
    rates={("att", NumberType.LONGCODE): Rate(per_second=0.25, burst=2)},
)


def broken_by(story: Story, terms: Terms = TERMS) -> list[str]:
    """The names of the invariants that it breaks."""
    return [name for name, violations in check(story.events, terms).items() if violations]


def what(story: Story, terms: Terms = TERMS) -> str:
    """Every violation, a line each."""
    return "\n".join(str(each) for violations in check(story.events, terms).values() for each in violations)


def told_but_refused() -> Story:
    """A callback that its receiver answered with an error."""
    return good().without("webhook.received").told("u1", "queued", "sent").told("u1", "delivered", answer=503)
