"""The whole product on a clock that jumps: gateway, carriers, handsets, and real HTTP and SMPP bytes between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.mms_site import Site
from contract.store_bench import KINDS, Bench
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
def site(lab: Lab) -> Site:
    """A site in the lab's loop."""
    site = Site()
    site.url = lab.serve(site.app)
    return site


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where a lab that is restarted keeps its state."""
    return tmp_path / "state.db"


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A store of each kind, opened."""
    bench = Bench(request.param, str(request.getfixturevalue(request.param.place)))
    yield bench
    bench.end()


@pytest.fixture(params=[kind for kind in KINDS if kind.survives], ids=lambda kind: kind.name)
def lasting(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A bench whose store can be closed and opened again."""
    bench = Bench(request.param, str(request.getfixturevalue(request.param.place)))
    yield bench
    bench.end()
