"""The corporate asset register: imported as a whole after somebody looked, and told in history."""

from __future__ import annotations

import io
from typing import Any

import pytest

from procureflow.domain.assets import RegisterFaults
from procureflow.domain.errors import NotPermitted, Stale, WrongState
from procureflow.models import Asset, AssetImport
from procureflow.queries import assets as reading
from procureflow.queries.evidence import verify
from procureflow.services import assets as services
from tests.factories import assets
from tests.factories.council import Council
from tests.factories.web import Site
from tests.integration.rows import everything, last_event, leaves, refused
from tests.integration.test_pages import text_of


def _faults(council: Council) -> list[Any]:
    with council.db.reading() as session:
        return [(fault.table, fault.row) for fault in verify(session).faults]


def _tags(council: Council) -> list[str]:
    return sorted(asset.tag for asset in everything(council, Asset))


def test_a_file_changes_nothing_until_it_is_imported(council: Council) -> None:
    with leaves(council, asset_imports="+1"):
        assets.read_in(council)
    with leaves(council, asset_imports="-1", assets="+3", events="+1", outbox="+1"):
        council.act(services.import_assets, by="ict")
    event, payload = last_event(council)
    assert (event.stream, event.kind) == ("assets", "AssetsImported")
    assert {k: v for k, v in payload.items() if k != "register"} == {
        **{"assets": 3, "added": 3, "changed": 0, "removed": 0}
    }
    assert _faults(council) == []


def test_an_import_replaces_the_whole_register(council: Council) -> None:
    assets.imported(council)
    moved = assets.ROWS[1].replace("Plough Lane", "Ledbury")
    with leaves(council, assets="~1 -1", events="+1", outbox="+1"):
        assets.imported(council, assets.ROWS[0], moved)
    assert _tags(council) == ["HC-0001", "HC-0002"]
    assert {a.place_key for a in everything(council, Asset)} == {"ploughlane", "ledbury"}
    assert _faults(council) == []


def test_a_faulty_file_leaves_nothing(council: Council) -> None:
    with leaves(council), pytest.raises(RegisterFaults):
        assets.read_in(council, assets.ROWS[0], assets.ROWS[0])


def test_only_ict_services_imports(council: Council) -> None:
    for who in ("requester", "finance", "auditor", "policy1", "admin", "chair"):
        with refused(council, NotPermitted):
            assets.read_in(council, by=who)
        with refused(council, NotPermitted):
            council.act(services.import_assets, by=who)


def test_there_has_to_be_a_file(council: Council) -> None:
    with refused(council, WrongState, "no file"):
        council.act(services.import_assets, by="ict")
    assets.read_in(council)
    council.act(services.discard, by="ict")
    with refused(council, WrongState, "no file"):
        council.act(services.import_assets, by="ict")


def test_a_register_imported_meanwhile_isnt_overwritten(council: Council) -> None:
    assets.read_in(council, assets.ROWS[0])
    with council.db.unit_of_work() as session:
        waiting = session.get_one(AssetImport, council.people["ict"])
        kept = {c.key: getattr(waiting, c.key) for c in AssetImport.__table__.columns}
    assets.imported(council)
    with council.db.unit_of_work() as session:
        session.add(AssetImport(**kept))
    with refused(council, Stale, "Somebody else imported"):
        council.act(services.import_assets, by="ict")
    assert len(_tags(council)) == 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE assets SET place = 'Home' WHERE tag = 'HC-0001'",
        "UPDATE assets SET place_key = 'home' WHERE tag = 'HC-0001'",
        "UPDATE assets SET in_use = NOT in_use WHERE tag = 'HC-0001'",
        "DELETE FROM assets WHERE tag = 'HC-0001'",
        "DELETE FROM assets",
    ],
)
def test_a_register_that_was_changed_in_the_database_is_found(
    council: Council, change: str
) -> None:
    assets.imported(council)
    with council.db.unit_of_work() as session:
        session.connection().exec_driver_sql(change)
    assert _faults(council) == [("assets", "register")]


def test_assets_that_were_never_imported_are_found(council: Council) -> None:
    assets.imported(council)
    with council.db.unit_of_work() as session:
        row = {c.key: getattr(session.get_one(Asset, "HC-0001"), c.key) for c in Asset.__table__.c}
        session.add(Asset(**{**row, "tag": "HC-9"}))
    assert _faults(council) == [("assets", "register")]


# --- pages ----------------------------------------------------------------------------------------


def test_somebody_of_ict_imports_a_file(site: Site) -> None:
    browser = site.browser("ict")
    path = "/catalogue/assets/import"

    def send(data: bytes) -> Any:
        file = (io.BytesIO(data), "register.csv")
        return browser.post(path, {"register": file}, content_type="multipart/form-data")

    wrong = send(assets.register(assets.ROWS[0], "A-1,toaster,x,environment,Here,,,2024-01-01,yes"))
    assert wrong.status_code == 400
    assert "Line 3: “toaster” is no kind." in wrong.text
    assert "Nothing was imported." in wrong.text
    sent = send(assets.register(assets.ROWS[0], "HC-0009" + assets.ROWS[1][7:]))
    assert (sent.status_code, sent.headers["Location"]) == (302, f"{path}/confirm")
    page = text_of(site, "ict", f"{path}/confirm")
    for words in ("Leaving the register: 2 assets", "New: 1 asset", "1 asset stays as it is"):
        assert words in page
    assert browser.post(f"{path}/confirm").status_code == 302
    assert "HC-0009" in text_of(site, "requester", "/catalogue/assets")
    assert "2 assets" in text_of(site, "requester", "/catalogue/assets")


def test_the_register_is_searched_and_taken_away_as_it_is_read_in(site: Site) -> None:
    page = text_of(site, "requester", "/catalogue/assets?words=second+floor&in_use=no")
    assert "Drawing licence" in page
    assert "HC-0001" not in page
    taken = site.browser("ict").get("/catalogue/assets?download=csv").get_data()
    with site.council.db.reading() as session:
        before = reading.register(session)
    site.council.act(services.read_in, by="ict", file="again.csv", data=taken)
    note = everything(site.council, AssetImport)[0]
    assert {a.tag: a for a in reading.assets_in(note)} == before


def test_the_places_of_the_register_are_offered_where_a_place_is_asked(site: Site) -> None:
    page = site.browser("requester").get("/requests/ICT-2026-0001/sections/need").text
    offered = page[page.index('<datalist id="place-list">') : page.index("</datalist>")]
    assert '<option value="Plough Lane, second floor">' in offered
    assert 'list="place-list"' in page


def test_whoever_may_not_import_sees_no_way_to(site: Site) -> None:
    assert "Import the register" not in text_of(site, "requester", "/catalogue/assets")
    assert "Import the register" in text_of(site, "ict", "/catalogue/assets")
