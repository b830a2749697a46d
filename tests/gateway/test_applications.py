"""Applications are kept in the order of their creation and found by their id."""

from dataclasses import replace

import pytest

from powerpack_gateway.applications import Application, Applications
from powerpack_gateway.errors import NotFound

FIRST = Application(app_id="10000000000000001", app_name="first", message_url="http://127.0.0.1/in")
SECOND = Application(app_id="10000000000000002", app_name="second")


def test_applications_are_listed_in_the_order_of_their_creation() -> None:
    applications = Applications([SECOND])

    applications.put(FIRST)

    assert list(applications) == [SECOND, FIRST]
    assert len(applications) == 2


def test_a_changed_application_keeps_its_place() -> None:
    applications = Applications([FIRST, SECOND])
    changed = replace(FIRST, app_name="renamed")

    assert applications.put(changed) is changed
    assert list(applications) == [changed, SECOND]


def test_an_application_is_found_by_its_id() -> None:
    applications = Applications([FIRST])

    assert applications[FIRST.app_id] is FIRST
    assert applications.get(FIRST.app_id) is FIRST


@pytest.mark.parametrize("app_id", [None, "", SECOND.app_id])
def test_an_application_that_is_not_there_is_none(app_id: str | None) -> None:
    assert Applications([FIRST]).get(app_id) is None


def test_a_deleted_application_is_gone() -> None:
    applications = Applications([FIRST, SECOND])

    assert applications.delete(FIRST.app_id) is FIRST
    assert list(applications) == [SECOND]


def test_an_application_that_is_not_there_is_named() -> None:
    applications = Applications([FIRST])

    with pytest.raises(NotFound, match=SECOND.app_id):
        applications[SECOND.app_id]
    with pytest.raises(NotFound, match=SECOND.app_id):
        applications.delete(SECOND.app_id)


def test_an_application_posts_and_logs_unless_told_otherwise() -> None:
    assert (SECOND.message_method, SECOND.answer_method, SECOND.log_incoming_messages) == ("POST", "POST", True)
    assert (SECOND.message_url, SECOND.public_uri) == ("", False)
