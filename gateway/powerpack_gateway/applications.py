"""Applications: where incoming messages are sent to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from powerpack_gateway.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application. ``app_id`` is a string of 17 digits; ``message_url`` is empty when messages go nowhere."""

    app_id: str
    app_name: str
    answer_url: str = ""
    answer_method: str = "POST"
    hangup_url: str = ""
    hangup_method: str = "POST"
    fallback_answer_url: str = ""
    fallback_method: str = "POST"
    message_url: str = ""
    message_method: str = "POST"
    default_number_app: bool = False
    default_endpoint_app: bool = False
    log_incoming_messages: bool = True
    public_uri: bool = False
    subaccount: str | None = None


class Applications:
    """The account's applications, in the order of their creation. Pure: whoever changes one stores it."""

    def __init__(self, applications: Iterable[Application] = ()) -> None:
        self._by_id = {each.app_id: each for each in applications}

    def __iter__(self) -> Iterator[Application]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __getitem__(self, app_id: str) -> Application:
        try:
            return self._by_id[app_id]
        except KeyError:
            raise NotFound(f"application {app_id} not found") from None

    def get(self, app_id: str | None) -> Application | None:
        """The application, or None when there is none with this id."""
        return None if app_id is None else self._by_id.get(app_id)

    def put(self, application: Application) -> Application:
        """Create an application or replace it with its changed self."""
        self._by_id[application.app_id] = application
        return application

    def delete(self, app_id: str) -> Application:
        """Take an application away."""
        application = self[app_id]
        del self._by_id[app_id]
        return application
