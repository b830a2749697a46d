"""Profiles of the account: made, changed, taken away."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime

from powerpack_gateway.errors import BadRequest
from powerpack_gateway.holdings import Holdings
from powerpack_gateway.registration.desk import Desk
from powerpack_gateway.registration.profiles import Profile, ProfileChanges, ProfileForm, primary_uuid
from powerpack_gateway.registry import Registry
from powerpack_gateway.store.base import Snapshot

KIND = "profile"


class ProfileDesk:
    """The account's own profile, which is always there, and those of its customers."""

    def __init__(self, desk: Desk, holdings: Holdings) -> None:
        self._desk = desk
        self._holdings = holdings
        self._profiles: Registry[Profile] = Registry(KIND, lambda each: each.profile_uuid)

    def __iter__(self) -> Iterator[Profile]:
        yield self.primary
        yield from self._profiles

    def __getitem__(self, profile_uuid: str) -> Profile:
        return self.primary if profile_uuid == self.primary.profile_uuid else self._profiles[profile_uuid]

    @property
    def primary(self) -> Profile:
        """The account's own."""
        account = self._holdings.account
        return Profile(
            profile_uuid=primary_uuid(account.auth_id),
            created_at=datetime.fromtimestamp(0, UTC),
            profile_type="PRIMARY",
            form=ProfileForm(
                profile_alias=account.name,
                customer_type="DIRECT",
                entity_type="PRIVATE",
                company_name=account.name,
                vertical="TECHNOLOGY",
            ),
        )

    async def create(self, form: ProfileForm) -> Profile:
        """A new secondary profile."""
        profile = Profile(profile_uuid=self._desk.new_uuid(), created_at=self._desk.clock.now(), form=form)
        self._profiles.put(profile)
        return await self._desk.kept(KIND, profile.profile_uuid, profile)

    async def update(self, profile_uuid: str, changes: ProfileChanges) -> Profile:
        """Change what is given. Brands that were made of it stay as they were registered."""
        had = self._secondary(profile_uuid, "changed")
        given = {each.name: value for each in fields(changes) if (value := getattr(changes, each.name)) is not None}
        profile = self._profiles.put(replace(had, form=replace(had.form, **given)))
        return await self._desk.kept(KIND, profile_uuid, profile)

    async def delete(self, profile_uuid: str, *, is_used: bool) -> None:
        """Take a profile away; not the account's own, and none that a brand or a verification stands on."""
        self._secondary(profile_uuid, "deleted")
        if is_used:
            raise BadRequest(
                f"profile {profile_uuid} is used by a brand or a toll-free verification: delete that first"
            )
        self._profiles.delete(profile_uuid)
        self._desk.drop(KIND, profile_uuid)
        await self._desk.commit()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on where an earlier process was."""
        for each in snapshot.each(KIND, Profile):
            self._profiles.put(each)

    def _secondary(self, profile_uuid: str, what: str) -> Profile:
        profile = self[profile_uuid]
        if profile.profile_type == "PRIMARY":
            raise BadRequest(f"profile {profile_uuid} is the account's primary one, which can not be {what}")
        return profile
