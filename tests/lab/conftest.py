"""What tests of the wires have in common."""

from collections.abc import Iterator

import pytest

from powerpack_lab.virtual import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """Virtual time; what a test leaves open is reset, and nothing may be left after that."""
    loop = VirtualLoop(seed=7)
    yield loop
    for connection in loop.network.connections:
        connection.reset()
    loop.settle()
    assert loop.network.connections == ()
    loop.shutdown()
