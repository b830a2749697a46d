"""Names of the countries, states and provinces that numbers belong to, as the API writes them."""

from collections.abc import Mapping

from powerpack_gateway.countries import COUNTRIES

_STATES = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DC District of Columbia,
DE Delaware, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky,
LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri,
MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina,
ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina,
SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia,
WI Wisconsin, WY Wyoming
"""

_PROVINCES = """
AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NS Nova Scotia,
NT Northwest Territories, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, YT Yukon
"""

REGION_NAMES: Mapping[tuple[str, str], str] = {
    (country, code): name
    for country, regions in (("US", _STATES), ("CA", _PROVINCES))
    for code, _, name in (each.strip().partition(" ") for each in regions.split(","))
}


def country_name(country: str) -> str:
    """The country's name, or its code where there is no name here."""
    known = COUNTRIES.get(country)
    return country if known is None else known.name


def region_name(country: str, region: str) -> str:
    """The state's or province's name, or what the number says where there is no name here."""
    return REGION_NAMES.get((country, region), region)
