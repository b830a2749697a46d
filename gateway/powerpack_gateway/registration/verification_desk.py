"""Toll-free verifications of the account: asked for, decided, changed, taken away; the number follows its request."""

from collections.abc import Iterator
from dataclasses import replace

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.nanp import parse_source
from powerpack_gateway.numbers import NumberType, PhoneNumber, Verification
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.profile_desk import ProfileDesk
from powerpack_gateway.registration.verifications import (
    NUMBER_IS,
    OPEN,
    UPDATE_WITHIN_S,
    OrderStatus,
    TollfreeVerification,
    VerificationChanges,
    VerificationForm,
    changed_form,
    check_usecase,
    judge,
)
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Snapshot

KIND = "tollfree_verification"


class VerificationDesk:
    """The account's requests, in the order in which they were asked for."""

    def __init__(self, desk: Desk, profiles: ProfileDesk, holdings: Holdings) -> None:
        self._desk = desk
        self._profiles = profiles
        self._holdings = holdings
        self._requests: Registry[TollfreeVerification] = Registry("tollfree verification", lambda each: each.uuid)
        self._latest: dict[str, str] = {}

    def __iter__(self) -> Iterator[TollfreeVerification]:
        return iter(self._requests)

    def __getitem__(self, uuid: str) -> TollfreeVerification:
        return self._requests[uuid]

    def of_number(self, number: str) -> TollfreeVerification | None:
        """The latest request for a number, or None."""
        return self._requests.get(self._latest.get(number, ""))

    async def create(self, form: VerificationForm) -> TollfreeVerification:
        """Ask for a number to be verified; it is decided later."""
        number = self._tollfree(form.number)
        check_usecase(form.usecase)
        self._profiles[form.profile_uuid]
        earlier = self.of_number(number.number)
        if earlier is not None and earlier.status in OPEN:
            raise BadRequest(f"number {number.number} has request {earlier.uuid} already, which is {earlier.status}")
        now = self._desk.clock.now()
        return await self._ask(
            TollfreeVerification(
                uuid=self._desk.new_uuid(),
                form=replace(form, number=number.number),
                created=now,
                last_modified=now,
                decides_at=self._desk.deadline(),
            )
        )

    async def update(self, uuid: str, changes: VerificationChanges) -> TollfreeVerification:
        """Change a request that is open, which submits it again."""
        had = self._requests[uuid]
        if had.status not in OPEN:
            raise BadRequest(f"verification {uuid} is {had.status}, expected SUBMITTED or UPDATE_REQUIRED")
        form = changed_form(had.form, changes)
        check_usecase(form.usecase)
        self._profiles[form.profile_uuid]
        return await self._ask(
            replace(
                had,
                form=form,
                status=OrderStatus.SUBMITTED,
                error_message="",
                last_modified=self._desk.clock.now(),
                decides_at=self._desk.deadline(),
            )
        )

    async def delete(self, uuid: str) -> None:
        """Take an open request back; its number is unverified then."""
        had = self._requests[uuid]
        if had.status not in OPEN:
            raise BadRequest(f"verification {uuid} is {had.status}, expected SUBMITTED, PROCESSING or UPDATE_REQUIRED")
        self._requests.delete(uuid)
        self._latest.pop(had.form.number, None)
        self._desk.drop(KIND, uuid)
        self._mark(had.form.number, Verification.UNVERIFIED)
        await self._desk.commit()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        for each in snapshot.each(KIND, TollfreeVerification):
            self._keep(each)
            self._plan(each)

    def _tollfree(self, given: str) -> PhoneNumber:
        number = self._holdings.numbers.get(parse_source(given) or "")
        if number is None:
            raise BadRequest(f"number {given} is not in this account, expected one of its toll-free numbers")
        if number.type is not NumberType.TOLLFREE:
            raise BadRequest(f"number {number.number} is a {number.type.value}, expected a tollfree number")
        return number

    async def _ask(self, request: TollfreeVerification) -> TollfreeVerification:
        self._keep(request)
        self._desk.put(KIND, request.uuid, request)
        self._mark(request.form.number, NUMBER_IS[request.status])
        await self._desk.commit()
        self._plan(request)
        return request

    def _keep(self, request: TollfreeVerification) -> None:
        self._requests.put(request)
        self._latest[request.form.number] = request.uuid

    def _mark(self, number: str, verification: Verification) -> None:
        if number in self._holdings.numbers:
            self._holdings.orders.verify(number, verification)

    def _plan(self, request: TollfreeVerification) -> None:
        if request.status in OPEN:
            self._desk.decide_at(request.decides_at, lambda: self._decide(request))

    def _decide(self, asked: TollfreeVerification) -> None:
        request = self._requests.get(asked.uuid)
        if request is None or request.decides_at != asked.decides_at:
            return  # taken back meanwhile, or submitted again
        status, why = judge(request)
        if status is request.status:
            return
        now = self._desk.clock.now()
        decided = replace(
            request,
            status=status,
            error_message=why,
            last_modified=now,
            decides_at=now.timestamp() + UPDATE_WITHIN_S,
        )
        self._keep(decided)
        self._desk.put(KIND, decided.uuid, decided)
        self._mark(decided.form.number, NUMBER_IS[status])
        self._tell(decided)
        self._plan(decided)

    def _tell(self, request: TollfreeVerification) -> None:
        params = {
            "uuid": request.uuid,
            "number": request.form.number,
            "status": request.status.value,
            "error_message": request.error_message,
        }
        form = request.form
        self._desk.tell(request.uuid, url=form.callback_url, method=form.callback_method, params=params)
