"""Files of the corporate asset register."""

from __future__ import annotations

from procureflow.services import assets
from tests.factories.council import Council

HEADINGS = "tag,kind,name,directorate,place,post,kind_of_post,bought_on,in_use"
ROWS = (
    "HC-0001,desktop,Standard desktop computer,environment,Plough Lane,Planning officer,office,"
    "2024-05-03,yes",
    "HC-0002,desktop,Standard desktop computer,environment,Plough Lane,,,2023-05-03,no",
    'HC-0003,software,Drawing licence,Environment,"Plough Lane, second floor",,,03/05/2025,no',
)


def register(*rows: str, headings: str = HEADINGS) -> bytes:
    """A file with these lines, or with the ones above."""
    return "\n".join((headings, *(rows or ROWS), "")).encode()


def read_in(council: Council, *rows: str, by: str = "ict") -> None:
    """A file is read in and looked at."""
    council.act(assets.read_in, by=by, file="register.csv", data=register(*rows))


def imported(council: Council, *rows: str, by: str = "ict") -> None:
    """The register is what the file says."""
    read_in(council, *rows, by=by)
    council.act(assets.import_assets, by=by)
