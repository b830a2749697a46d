"""Types of number against the forms of addresses."""

from typing import Any

import pytest

from carriers.builders import HANDSET, SOURCE, a_profile
from carriers.esme import Esme
from carriers.virtual_carrier import World, virtually
from powerpack_carriers.number_types import fits_type
from powerpack_carriers.numbering import read_address
from powerpack_carriers.smpp.constants import CommandStatus

STRICT = a_profile(checks_ton=True)


@pytest.mark.parametrize(
    ("ton", "address", "fits"),
    [
        (0, "anything at all", True),
        (1, "12065550100", True),
        (1, "+12065550100", True),
        (1, "123456", False),
        (1, "1234567890123456", False),
        (1, "Shop", False),
        (2, "2065550100", True),
        (2, "Shop", False),
        (3, "72345", True),
        (3, "12", False),
        (3, "12065550100", False),
        (4, "5550100", True),
        (5, "Shop 4 You!", True),
        (5, "", False),
        (5, "Shop for you", False),
        (6, "12065550100", False),
    ],
)
def test_an_address_has_the_form_of_its_type(ton: int, address: str, fits: bool) -> None:
    assert fits_type(ton, read_address(address.encode())) is fits


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, CommandStatus.ESME_ROK),
        ({"source_addr": "72345", "source_addr_ton": 3, "source_addr_npi": 0}, CommandStatus.ESME_ROK),
        ({"source_addr": "72345"}, CommandStatus.ESME_RINVSRCTON),
        ({"source_addr_ton": 3}, CommandStatus.ESME_RINVSRCTON),
        ({"source_addr_npi": 9}, CommandStatus.ESME_RINVSRCNPI),
        ({"destination_addr": "5550", "dest_addr_ton": 1}, CommandStatus.ESME_RINVDSTTON),
        ({"dest_addr_ton": 5}, CommandStatus.ESME_RINVDSTTON),
        ({"dest_addr_npi": 4}, CommandStatus.ESME_RINVDSTNPI),
    ],
)
def test_a_carrier_that_checks_says_what_does_not_fit(fields: dict[str, Any], status: int) -> None:
    async def scenario(world: World) -> None:
        for profile, expected in ((STRICT, status), (a_profile(), CommandStatus.ESME_ROK)):
            async with world.carrier(profile=profile) as carrier, await Esme.bound(carrier) as esme:
                given: dict[str, Any] = {"source_addr": SOURCE, "destination_addr": HANDSET, **fields}

                assert (await esme.submitted(**given)).command_status == expected

    virtually(scenario)
