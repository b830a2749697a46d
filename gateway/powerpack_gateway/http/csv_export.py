"""Lists as CSV, for ``format=csv``: all of what a filter finds, with a header line (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from powerpack_gateway.http.body import Parameters
from powerpack_gateway.http.call import Reply

FORMATS: Mapping[str, bool] = {"json": False, "csv": True}

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection)."""


def wants_csv(given: Parameters) -> bool:
    """Whether a list was asked for as CSV."""
    return given.choice("format", FORMATS) is True


def csv_reply(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Reply:
    """The rows under the columns, in a file of this name; what is null is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    headers = (
        (b"content-type", b"text/csv; charset=utf-8"),
        (b"content-disposition", f'attachment; filename="{name}.csv"'.encode()),
    )
    return Reply(content=text.getvalue().encode(), headers=headers)


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
