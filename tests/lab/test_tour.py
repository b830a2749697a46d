"""The tour tells what it saw, and ends at the first promise that is not kept."""

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from powerpack_lab.lab import Lab
from powerpack_lab.tour import STEPS, Broken, Step, Tour, one_message, run_tour


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab to walk through; the tour's client needs real sockets."""
    with Lab(seed=3) as lab:
        yield lab


class Notebook:
    """What a tour printed."""

    def __init__(self) -> None:
        self._written = StringIO()
        self.console = Console(file=self._written, width=80)

    def __str__(self) -> str:
        return self._written.getvalue()


def test_every_step_begins_with_a_sentence_that_says_what_it_shows() -> None:
    assert all((step.__doc__ or "").splitlines()[0].endswith(".") for step in STEPS)


def test_a_carrier_that_breaks_its_promise_breaks_the_step(lab: Lab) -> None:
    for carrier in lab.carriers.values():
        carrier.faults.add("undeliverable")
    notebook = Notebook()

    held = Tour(notebook.console, lab).take([one_message])

    assert not held
    assert "broken the message is delivered, error_code 000" in str(notebook)
    assert "Step 1 did not hold. Repeat: powerpack-lab demo --seed 3" in str(notebook)


def fails_with(error: Exception) -> Step:
    def step(_: Tour) -> None:
        """A step that fails."""
        raise error

    return step


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (Broken("it rained"), "broken it rained"),
        (AssertionError("no message came"), "broken no message came"),
        (KeyError("message_uuid"), "broken KeyError: 'message_uuid'"),
        (ConnectionRefusedError(111, "Connection refused"), "broken ConnectionRefusedError: [Errno 111]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_breaks_a_step_is_said_and_ends_the_tour(lab: Lab, error: Exception, shown: str) -> None:
    notebook, taken = Notebook(), []

    held = Tour(notebook.console, lab).take([fails_with(error), lambda tour: taken.append(tour)])

    assert not held
    assert not taken
    assert shown in str(notebook)


def test_steps_that_hold_are_counted(lab: Lab) -> None:
    notebook = Notebook()

    def step(tour: Tour) -> None:
        """Something simple."""
        tour.check(True, "it holds")

    held = Tour(notebook.console, lab).take([step, step])

    assert held
    assert str(notebook).split("\n") == [
        "",
        "1. Something simple.",
        "  holds it holds",
        "",
        "2. Something simple.",
        "  holds it holds",
        "",
        "All 2 steps held.",
        "",
    ]


def test_words_of_others_are_printed_as_they_are(lab: Lab) -> None:
    notebook = Notebook()

    Tour(notebook.console, lab).say("[bold]not[/bold] markup")

    assert str(notebook) == "  [bold]not[/bold] markup\n"


@pytest.mark.parametrize("seed", [0, 2_147_483_647])
def test_the_whole_tour_holds_whatever_the_seed(seed: int) -> None:
    notebook = Notebook()

    held = run_tour(notebook.console, seed=seed)

    assert held, str(notebook)
