"""Status callbacks as octets: what is posted to one address differs in values, nonce and signatures only."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from random import Random
from urllib.parse import quote_plus, urlencode

from powerpack_gateway.http_request import target_of
from powerpack_gateway.notices import STATUS_NAMES, StatusValues, named
from powerpack_gateway.signatures import PostSigner, new_nonce

_SIGNED_FORM = (
    b"Content-Type: application/x-www-form-urlencoded\r\n"
    b"X-Plivo-Signature-V2: %b\r\nX-Plivo-Signature-Ma-V2: %b\r\nX-Plivo-Signature-V2-Nonce: %b\r\n"
    b"X-Plivo-Signature-V3: %b\r\nX-Plivo-Signature-Ma-V3: %b\r\nX-Plivo-Signature-V3-Nonce: %b\r\n"
    b"Content-Length: %d\r\n\r\n%b"
)


class StatusPost:
    """One address that is told by POST: ``url`` as the customer gave it. Raises ValueError for one that nobody can
    connect to. ``token`` and ``main_token`` are asked for each request, since an account may be restored; they differ
    for a subaccount's, whose callbacks are signed with both (plivo_api.md 3.4)."""

    def __init__(
        self, url: str, *, token: Callable[[], str], rng: Random, main_token: Callable[[], str] | None = None
    ) -> None:
        target = target_of(url)
        self.url = url
        self.origin = target.origin
        self._token = token
        self._main_token = main_token or token
        self._rng = rng
        self._signer = self._main_signer = PostSigner(token(), url)
        self._request = f"POST {target.head}".encode("latin-1").replace(b"%", b"%%") + _SIGNED_FORM

    def requests(self, every: Iterable[StatusValues]) -> list[bytes]:
        """The whole request for each, signed with a new nonce."""
        self._look_at_tokens()
        request, rng, sign, sign_main = self._request, self._rng, self._signer.sign, self._main_signer.sign
        is_mains = self._signer is self._main_signer
        made = []
        for values in every:
            written, sorted_, in_order = _FORMS[len(values)]
            nonce = new_nonce(rng).encode()
            covered = sorted_ % in_order(values)
            v2, v3 = sign(covered, nonce)
            main_v2, main_v3 = (v2, v3) if is_mains else sign_main(covered, nonce)
            if covered.translate(None, _SIMPLE):
                form = urlencode(named(values)).encode()
            else:
                form = (written % values).replace(b":", b"%3A").replace(b" ", b"+")
            made.append(request % (v2, main_v2, nonce, v3, main_v3, nonce, len(form), form))
        return made

    def _look_at_tokens(self) -> None:
        token, main = self._token(), self._main_token()
        if token != self._signer.token:
            self._signer = PostSigner(token, self.url)
        if main != self._main_signer.token:
            self._main_signer = self._signer if main == token else PostSigner(main, self.url)


def _form(names: tuple[str, ...]) -> tuple[bytes, bytes, Callable[[StatusValues], StatusValues]]:
    """The form with ``%b`` for each value, what version 3 of the signatures covers likewise, and what puts the values
    into the latter's order."""
    written = "&".join([f"{quote_plus(name)}=%b" for name in names])
    order = sorted(range(len(names)), key=lambda index: names[index])
    return written.encode(), "".join([f"{names[index]}%b" for index in order]).encode(), itemgetter(*order)


_FORMS = {count: _form(STATUS_NAMES[:count]) for count in (len(STATUS_NAMES) - 1, len(STATUS_NAMES))}
"""By how many names there are."""

_SIMPLE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~-: "
"""Identifiers, numbers and times: of what is quoted they have colons and spaces only."""
