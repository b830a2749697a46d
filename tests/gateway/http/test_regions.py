"""regions.py: names of places."""

from powerpack_gateway.http.regions import REGION_NAMES, country_name, region_name


def test_a_state_has_its_name_and_shares_its_code_with_no_country() -> None:
    assert region_name("US", "CA") == "California"
    assert region_name("CA", "ON") == "Ontario"
    assert country_name("CA") == "Canada"


def test_what_has_no_name_here_is_shown_as_it_is() -> None:
    assert region_name("DE", "BY") == "BY"
    assert region_name("US", "") == ""
    assert country_name("XK") == "XK"


def test_there_are_fifty_states_with_the_district_and_thirteen_provinces_and_territories() -> None:
    countries = [country for country, _ in REGION_NAMES]

    assert (countries.count("US"), countries.count("CA")) == (51, 13)
