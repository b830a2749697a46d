"""The control API's list of the faults that there are, for whoever has no documentation at hand."""

import sys
from dataclasses import MISSING, fields
from enum import Enum
from typing import get_args, get_type_hints

from starlette.requests import Request
from starlette.responses import JSONResponse

from powerpack_carriers.faults.fault import FaultConfig
from powerpack_carriers.faults.registry import FAULTS
from powerpack_carriers.settings import plain_value


async def list_known_faults(request: Request) -> JSONResponse:
    """Each with its settings as they are when nobody says otherwise, and the words of those that are words."""
    return JSONResponse([_form(kind) for kind in FAULTS.values()])


def _form(kind: type[FaultConfig]) -> dict[str, object]:
    about = (sys.modules[kind.__module__].__doc__ or "").partition("\n")[0]
    hints = get_type_hints(kind)
    return {
        "fault": kind.word,
        "about": about,
        "settings": {each.name: plain_value(each.default) for each in fields(kind) if each.default is not MISSING},
        "words": {each.name: words for each in fields(kind) if (words := _words(hints[each.name]))},
    }


def _words(hint: object) -> list[object]:
    """What an enum knows, where a setting is one; empty for others."""
    for each in (hint, *get_args(hint)):
        if isinstance(each, type) and issubclass(each, Enum):
            return [plain_value(member) for member in each]
    return []
