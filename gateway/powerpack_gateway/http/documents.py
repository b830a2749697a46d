"""The documents that activate a number, as a request hands them in (plivo_api.md 2.4 and 2.5)."""

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.fields import shown
from powerpack_gateway.http.body import Parameters

DOCUMENTS_LENGTH_MAX = 255
"""Characters of an id of documents: as many as an alias has."""


def documents_of(given: Parameters) -> str | None:
    """The id under which documents are handed in, or the beginning of their description; None without any."""
    application_id = given.text("compliance_application_id")
    described = given.values.get("verification_info")
    if application_id is None:
        return None if described is None or described == "" else shown(described)
    if len(application_id) > DOCUMENTS_LENGTH_MAX:
        raise BadRequest(
            f"compliance_application_id has {len(application_id)} characters, {DOCUMENTS_LENGTH_MAX} is the limit"
        )
    return application_id
