"""A scenario that says something else in every process: what a set's order, or ``hash``, does to a program."""

from dataclasses import replace

from powerpack_lab.scenario import Scenario
from powerpack_lab.scenario_yaml import load_scenario


class Shaky:
    """Becomes the scenario where it is unpickled, as every run in another process is; ``long`` texts differ late."""

    def __init__(self, *, long: bool = False) -> None:
        self.long = long

    def __reduce__(self) -> tuple[object, ...]:
        return shaky_scenario, (self.long,)


def shaky_scenario(long: bool) -> Scenario:
    """Its first text has a hash in it."""
    scenario = load_scenario("stop-in-part-two")
    first, *others = scenario.traffic
    words = "word " * 120 if long else ""
    return replace(scenario, traffic=(replace(first, text=f"{{n}} {words}hash {hash('a text')}."), *others))
