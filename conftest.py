"""The test session: the plugin's own tester, and how long properties are searched."""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "postgres_support"]
# Their asserts say what differs, as those of test files do.
pytest.register_assert_rewrite("carriers.both_ways", "carriers.loopback_carrier", "carriers.smpp.sessions")

# Two cores and neighbours: a deadline in wall time would fail for reasons that are not ours.
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# Tests start Python some two hundred times, and each start would compile 300 modules of ours again: 0.5 s of its 1.1 s.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
