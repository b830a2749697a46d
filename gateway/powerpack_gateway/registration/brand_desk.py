"""Brands of the account: asked for, decided, taken away."""

from collections.abc import Iterator
from dataclasses import replace

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.registration.brands import (
    Brand,
    BrandForm,
    RegistrationStatus,
    judge_brand,
    score_of,
)
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.profile_desk import ProfileDesk
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Snapshot

KIND = "brand"


class BrandDesk:
    """The account's brands, in the order in which they were asked for."""

    def __init__(self, desk: Desk, profiles: ProfileDesk) -> None:
        self._desk = desk
        self._profiles = profiles
        self._brands: Registry[Brand] = Registry(KIND, lambda each: each.brand_id)

    def __iter__(self) -> Iterator[Brand]:
        return iter(self._brands)

    def __getitem__(self, brand_id: str) -> Brand:
        return self._brands[brand_id]

    def get(self, brand_id: str) -> Brand | None:
        """The brand, or None."""
        return self._brands.get(brand_id)

    async def create(self, form: BrandForm) -> Brand:
        """Ask for a brand; it is decided later."""
        company = self._profiles[form.profile_uuid].form
        taken = next((each for each in self._brands if each.form.profile_uuid == form.profile_uuid), None)
        if taken is not None:
            raise BadRequest(f"profile {form.profile_uuid} belongs to brand {taken.brand_id} already")
        if form.brand_type == "STANDARD" and not company.ein:
            raise BadRequest(f"profile {form.profile_uuid} has no ein, which a STANDARD brand needs")
        brand = Brand(
            brand_id=self._desk.new_id("B"),
            form=form,
            company=company,
            created_at=self._desk.clock.now(),
            decides_at=self._desk.deadline(),
        )
        self._brands.put(brand)
        self._tell(brand, "created")
        await self._desk.kept(KIND, brand.brand_id, brand)
        self._plan(brand)
        return brand

    async def delete(self, brand_id: str, *, campaigns: int) -> None:
        """Take a brand away that has no campaigns; its profile may be used anew."""
        brand = self._brands[brand_id]
        if campaigns:
            raise BadRequest(f"brand {brand_id} has {campaigns} campaigns, expected none: delete them first")
        self._brands.delete(brand.brand_id)
        self._desk.drop(KIND, brand_id)
        await self._desk.commit()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        for each in snapshot.each(KIND, Brand):
            self._plan(self._brands.put(each))

    def _plan(self, brand: Brand) -> None:
        if brand.registration_status is RegistrationStatus.PROCESSING:
            self._desk.decide_at(brand.decides_at, lambda: self._decide(brand.brand_id))

    def _decide(self, brand_id: str) -> None:
        brand = self._brands.get(brand_id)
        if brand is None:
            return  # deleted meanwhile
        decision = judge_brand(brand)
        if decision.is_accepted is None:
            return
        status = RegistrationStatus.COMPLETED if decision.is_accepted else RegistrationStatus.FAILED
        score = score_of(brand) if decision.is_accepted else None
        decided = replace(brand, registration_status=status, vetting_score=score, error_reason=decision.reason)
        self._desk.put(KIND, brand_id, self._brands.put(decided))
        self._tell(decided, "registered" if decision.is_accepted else "rejected")

    def _tell(self, brand: Brand, status: str) -> None:
        params = {"event": "brand", "status": status, "brand_id": brand.brand_id, "error_reason": brand.error_reason}
        self._desk.tell(brand.brand_id, url=brand.form.url, method=brand.form.method, params=params)
