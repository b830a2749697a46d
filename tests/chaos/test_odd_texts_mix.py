"""Texts are written oddly, lost, late and doubled at once: no invariant takes it for the gateway's mistake."""

import pytest

from powerpack_lab.chaos import run_scenario
from powerpack_lab.scenario_yaml import parse_scenario

SCENARIO = """
name: odd-texts
about: Texts are lost, late, doubled and written oddly, and some messages are dropped without a word.
length: 20m
settles_within: 4h
handsets:
  - name: everybody
    count: 20
    first: "+14155550101"
    behaviours:
      - {act: reply, text: STOP, nth: 2, share: 10%, after: 5s}
      - {act: reply, text: "Thanks!", every: "true", share: 50%, after: 20s, parts: {at_least: 2}}
traffic:
  - {to: everybody, count: 40, rate: 1/5s, burst: 3}
  - {to: everybody, count: 20, rate: 1/20s, text: "A longer story, number {n}.", length: 400}
faults:
  - {kind: fake_delivery, share: 20%}
  - {kind: lose_text, share: 10%}
  - {kind: delay_text, share: 20%}
  - {kind: duplicate_text, share: 20%}
  - {kind: lost_header, share: 20%}
  - {kind: odd_addresses, share: 50%}
  - {kind: payload_texts, share: 50%}
  - {kind: odd_submit_resp, share: 50%}
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_odd_texts_break_nothing(seed: int) -> None:
    struck: set[str] = set()
    result = run_scenario(
        parse_scenario(SCENARIO, origin="odd-texts"),
        seed,
        observe=lambda event: (
            struck.add(event.text("fault").rpartition("-")[0]) if event.kind == "fault.struck" else None
        ),
    )

    assert result.ok, result
    assert len(struck) == 8
