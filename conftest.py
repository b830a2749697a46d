"""The test session: the plugin's own tester, and how long properties are searched."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "postgres_support"]
# Their asserts say what differs, as those of test files do.
pytest.register_assert_rewrite("carriers.both_ways", "carriers.loopback_carrier", "carriers.smpp.sessions")

# Two cores and neighbours: a deadline in wall time would fail for reasons that are not ours.
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
