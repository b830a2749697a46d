"""The whole product on a clock that jumps: gateway, carriers, handsets, and real HTTP and SMPP bytes between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_support import EPOCH, Api
from powerpack_lab.lab import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A fresh lab in virtual time."""
    with Lab(seed=1, clock="virtual", epoch=EPOCH) as lab:
        yield lab


@pytest.fixture
def api(lab: Lab) -> Api:
    """The API of that lab."""
    return Api(lab)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where a lab that is restarted keeps its state."""
    return tmp_path / "state.db"
