"""Any council's documents with the people and the answers of its demonstration, to act in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from procureflow.adapters.files import read_documents, read_text
from procureflow.cli.demonstration import FILE, Player
from procureflow.cli.scenes import Demonstration, Hearing, Scene
from procureflow.db import Database
from procureflow.domain.bundle import Bundle, load_bundle
from procureflow.domain.definitions.source import parse, validate
from procureflow.domain.definitions.workflow import StateKind
from procureflow.domain.permissions import VOTERS, Role
from procureflow.domain.voting import Choice
from procureflow.models import Request, Review
from procureflow.services import policies
from tests.factories.council import BEGINNING

CONFIG = Path(__file__).parents[2] / "config"
#: Every folder there is: a council that is added is tested like the others.
COUNCILS = sorted(path.name for path in CONFIG.iterdir() if path.is_dir())


@dataclass
class Stage:
    """A council in a database, and the scenes that its requests are made of."""

    db: Database
    bundle: Bundle
    script: Demonstration
    player: Player = field(init=False)

    def __post_init__(self) -> None:
        self.player = Player(self.db, self.bundle, BEGINNING)
        self.player.gather(self.script)
        self.player.today = BEGINNING + timedelta(days=3650)
        self.player.now = BEGINNING

    @property
    def now(self) -> datetime:
        """The moment of the last act."""
        return self.player.now

    # --- scenes ---------------------------------------------------------------------------------

    def exception(self, **changed: Any) -> Scene:
        """A request that needs an exception, with a whole case: the first that was decided."""
        scene = next(
            one
            for one in self.script.requests
            if one.reach == "decided" and not one.check["already_ordered"] and not one.then
        )
        return scene.model_copy(update={"hearings": (), "then": (), "action": None, **changed})

    def standard(self) -> Scene:
        """A request that needs none."""
        return next(one for one in self.script.requests if one.reach == "cleared")

    def heard(self, *choices: Choice) -> Scene:
        """The exception, decided like that by one body after the other."""
        stages = self.bundle.referred_to()
        hearings = tuple(
            self.hearing(stage, choice) for stage, choice in zip(stages, choices, strict=False)
        )
        return self.exception(reach="decided", hearings=hearings)

    def hearing(self, stage: str, choice: Choice) -> Hearing:
        """Everybody in the body votes like that."""
        body, _ = self.bundle.stage(stage, BEGINNING.date())
        rules = [r.id for r in self.bundle.rules_on(BEGINNING.date()) if r.breakable]
        particulars: dict[Choice, dict[str, Any]] = {
            Choice.APPROVE: {"conditions": ("Tell us how it went.",)},
            Choice.REJECT: {"rules": (rules[0],)},
            Choice.RETURN: {"sections": (self.bundle.sections_of("case")[0],)},
        }
        votes = dict.fromkeys(self.voters(body), choice.value)
        return Hearing(outcome=choice, votes=votes, **particulars[choice])

    def voters(self, body: str) -> list[str]:
        """The accounts that vote in a body, the chair first."""
        found = {
            account: held.role
            for account, somebody in self.script.people.items()
            for held in somebody.roles
            if held.body == body and held.role in VOTERS
        }
        return sorted(found, key=lambda account: found[account] is not Role.CHAIR)

    def approvals(self) -> tuple[Choice, ...]:
        """What every body says of what is approved."""
        return (Choice.APPROVE,) * len(self.bundle.referred_to())

    # --- acts -----------------------------------------------------------------------------------

    def follow(self, scene: Scene) -> int:
        """A request goes its way. Returns its id."""
        request = self.player.follow(scene)
        assert request is not None
        return request

    def act(self, service: Any, by: str, **arguments: Any) -> Any:
        """One service call by that account."""
        return self.player.act(service, by=by, **arguments)

    def state(self, request: int) -> str:
        """Where a request is."""
        with self.db.reading() as session:
            return session.get_one(Request, request).state

    def review(self, request: int) -> Review:
        """Its open review."""
        with self.db.reading() as session:
            query = select(Review).where(Review.request_id == request, Review.closed_at.is_(None))
            return session.scalars(query).one()

    def secretary(self, request: int) -> str:
        """The account of the secretary of the body that had it last."""
        with self.db.reading() as session:
            query = select(Review.body).where(Review.request_id == request)
            body = session.scalars(query.order_by(Review.id.desc())).first()
        return self.player.roles[Role.SECRETARY, body]

    def kind(self, state: str) -> StateKind:
        """The kind of a state."""
        return self.bundle.lifecycle.kind(state)


def set_up(db: Database, council: str) -> Stage:
    """Seed a migrated, empty database with a council and the people of its demonstration."""
    folder = CONFIG / council
    documents = read_documents(folder)
    with db.unit_of_work() as session:
        policies.seed(session, documents=documents, demonstration=True, now=BEGINNING)
    script = validate(parse(FILE, read_text(folder / FILE)), Demonstration)
    return Stage(db, load_bundle(documents), script)
