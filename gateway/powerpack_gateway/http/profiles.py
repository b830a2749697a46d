"""Profiles: create, get, list, update, delete (plivo_api.md 2.8)."""

from dataclasses import dataclass, fields
from typing import Literal

from powerpack_gateway.http.answers import Done
from powerpack_gateway.http.call import Call, Reply
from powerpack_gateway.http.operation import Operation
from powerpack_gateway.http.paging import ListMeta, Paging, page
from powerpack_gateway.http.shape import read
from powerpack_gateway.http.timestamps import iso
from powerpack_gateway.registration.profiles import EntityType, Profile, ProfileChanges, ProfileForm, Vertical

TAG = "Profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFilter(Paging):
    """Which profiles a list wants."""

    entity_type: EntityType | None = None
    type: Literal["PRIMARY", "SECONDARY"] | None = None
    vertical: Vertical | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCreated(Done):
    """The new profile's uuid."""

    profile_uuid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileShown(ProfileForm):
    """A profile."""

    profile_uuid: str
    profile_type: Literal["PRIMARY", "SECONDARY"]
    primary_profile: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneProfile:
    """One profile."""

    profile: ProfileShown


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileList:
    """Some profiles."""

    meta: ListMeta
    profiles: tuple[ProfileShown, ...]


async def create_profile(call: Call) -> Reply:
    """Tell who a company is."""
    profile = await call.gateway.registrar.profiles.create(read(call.parameters(), ProfileForm))
    return Reply.of(ProfileCreated(message="Profile created successfully.", profile_uuid=profile.profile_uuid))


async def get_profile(call: Call) -> Reply:
    """One profile."""
    return _one(call, call.gateway.registrar.profiles[call.ids["profile_uuid"]])


async def list_profiles(call: Call) -> Reply:
    """The account's own profile and then those that were made, in the order of their creation."""
    given = call.parameters()
    wanted = read(given, ProfileFilter)
    found = (
        each
        for each in call.gateway.registrar.profiles
        if wanted.entity_type in (None, each.form.entity_type)
        and wanted.type in (None, each.profile_type)
        and wanted.vertical in (None, each.form.vertical)
    )
    return page(call, given, found, lambda each: _shown(call, each), key="profiles")


async def update_profile(call: Call) -> Reply:
    """Change what is given; brands that were registered from it stay as they are."""
    changes = read(call.parameters(), ProfileChanges)
    return _one(call, await call.gateway.registrar.profiles.update(call.ids["profile_uuid"], changes))


async def delete_profile(call: Call) -> Reply:
    """Take a profile away that no brand and no verification stands on; the account's own stays."""
    await call.gateway.registrar.delete_profile(call.ids["profile_uuid"])
    return Reply.of(Done(message="Profile deleted successfully."))


def _one(call: Call, profile: Profile) -> Reply:
    return Reply.of(OneProfile(profile=_shown(call, profile)))


def _shown(call: Call, profile: Profile) -> ProfileShown:
    form = {each.name: getattr(profile.form, each.name) for each in fields(profile.form)}
    return ProfileShown(
        **form,
        profile_uuid=profile.profile_uuid,
        profile_type=profile.profile_type,
        primary_profile=call.gateway.registrar.profiles.primary.profile_uuid,
        created_at=iso(profile.created_at),
    )


ROUTES = (
    Operation("POST", "/Profile/", create_profile, tag=TAG, takes=ProfileForm, answers={200: ProfileCreated}),
    Operation("GET", "/Profile/", list_profiles, tag=TAG, takes=ProfileFilter, answers={200: ProfileList}),
    Operation("GET", "/Profile/{profile_uuid}/", get_profile, tag=TAG, answers={200: OneProfile}),
    Operation(
        "POST", "/Profile/{profile_uuid}/", update_profile, tag=TAG, takes=ProfileChanges, answers={200: OneProfile}
    ),
    Operation("DELETE", "/Profile/{profile_uuid}/", delete_profile, tag=TAG, answers={200: Done}),
)
