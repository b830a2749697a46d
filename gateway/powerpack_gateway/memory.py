"""The garbage collector of a process that is nothing but a gateway, or a carrier."""

import gc

COLLECT_EVERY = 50_000
"""New objects between two collections: some thousand messages. With Python's 700 a tenth of the time went into looking
at messages under way, none of which are garbage, and a fifth of a carrier's; cycles are rare here (tracebacks, closed
connections)."""


def settle_memory() -> None:
    """Call once everything is set up, in a process of one's own: what exists now is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 50)
