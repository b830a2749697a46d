"""What the running loop still waits for."""

import asyncio


def next_timer_s() -> float:
    """Seconds until the running loop's next timer."""
    loop = asyncio.get_running_loop()
    scheduled: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]  # there is no public way
    return min(handle.when() for handle in scheduled if not handle.cancelled()) - loop.time()
