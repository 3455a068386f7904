"""The commands as they are run: what they print, in one line, and the code they end with."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from procureflow.adapters.files import read_documents
from procureflow.db import Database
from procureflow.models import Grant, Installation, Person, Proposal
from tests.factories.council import GROUP, HEREFORDSHIRE, Council
from tests.integration.rows import everything

SECRET = "s" * 32
COMMAND = "from procureflow.cli import main; main()"
#: The same, which doesn't wait thirty seconds for a lock.
IMPATIENT = "import procureflow.db; procureflow.db.BUSY_SECONDS = 0.2; " + COMMAND


@dataclass(frozen=True)
class Answer:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of an error."""
        assert self.err.endswith("\n"), self.err
        assert self.err.count("\n") == 1, f"more than one line:\n{self.err}"
        assert "Traceback" not in self.err
        return self.err.strip()


class Commands:
    """A process that has read the code and forks for each command: a command is a process of its
    own, as it is in life, without the second that reading the code takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", FORKING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, job: dict[str, Any]) -> Answer:
        """Run one and wait for it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.count += 1
        out, err = (self.folder / f"{self.count}.{name}" for name in ("out", "err"))
        self.process.stdin.write(json.dumps({**job, "out": str(out), "err": str(err)}) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return Answer(code, out.read_text("utf-8"), err.read_text("utf-8"))

    def end(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


FORKING = """
import json, os, signal, sys, traceback
import procureflow.cli

for line in sys.stdin:
    job = json.loads(line)
    if (child := os.fork()) == 0:
        signal.alarm(60)
        code = 0
        for name, number in (("out", 1), ("err", 2)):
            os.dup2(os.open(job[name], os.O_CREAT | os.O_WRONLY, 0o600), number)
        os.chdir(job["folder"])
        os.environ.clear()
        os.environ.update(job["settings"])
        sys.argv = ["procureflow", *job["arguments"]]
        try:
            exec(job["code"], {})
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else ended.code is not None
        except BaseException:
            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """What runs commands."""
    running = Commands(tmp_path_factory.mktemp("commands"))
    yield running
    running.end()


@dataclass
class Shell:
    """Runs commands over one database, with the settings that they need."""

    url: str
    folder: Path
    commands: Commands

    def __call__(self, *arguments: str, code: str = COMMAND, **settings: Any) -> Answer:
        """Run `procureflow …`. A setting that is None isn't set."""
        return self.commands.run(
            {
                "arguments": arguments,
                "code": code,
                "folder": str(self.folder),
                "settings": self._settings(settings),
            }
        )

    def anew(self, *arguments: str, code: str = COMMAND) -> Answer:
        """Run it in a process that reads the code anew."""
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=self._settings({}),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def _settings(self, changed: dict[str, str | None]) -> dict[str, str]:
        given: dict[str, str | None] = {
            "PROCUREFLOW_DATABASE_URL": self.url,
            "PROCUREFLOW_SECRET_KEY": SECRET,
            "PROCUREFLOW_BASE_URL": "https://procureflow.council.example",
            **{f"PROCUREFLOW_{name}": value for name, value in changed.items()},
        }
        return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def shell(council: Council, tmp_path: Path, commands: Commands) -> Shell:
    """Commands over a founded council, once on each engine."""
    return Shell(council.db.url.render_as_string(hide_password=False), tmp_path, commands)


@pytest.fixture
def sqlite_shell(sqlite_council: Council, tmp_path: Path, commands: Commands) -> Shell:
    """Commands over a founded council on SQLite."""
    return Shell(str(sqlite_council.db.url), tmp_path, commands)


@pytest.fixture
def bare(tmp_path: Path, commands: Commands) -> Shell:
    """Commands over a database that isn't there yet."""
    return Shell(f"sqlite:///{tmp_path / 'instance' / 'new.db'}", tmp_path, commands)


def _changed(folder: Path, document: str, old: str, new: str) -> Path:
    """A copy of the default council's folder with one thing changed."""
    copy = folder / "council"
    shutil.copytree(HEREFORDSHIRE, copy, dirs_exist_ok=True)
    whole = (copy / document).read_text("utf-8")
    assert old in whole
    (copy / document).write_text(whole.replace(old, new, 1), "utf-8")
    return copy


# --- settings -----------------------------------------------------------------------------------

BAD_SETTINGS: list[Any] = [
    ({"SECRET_KEY": None}, "PROCUREFLOW_SECRET_KEY is not set"),
    ({"SECRET_KEY": ""}, "PROCUREFLOW_SECRET_KEY is not set"),
    ({"SECRET_KEY": " " * 40}, "PROCUREFLOW_SECRET_KEY is not set"),
    ({"SECRET_KEY": "s" * 31}, "PROCUREFLOW_SECRET_KEY is too short: use at least 32"),
    ({"BASE_URL": None}, "PROCUREFLOW_BASE_URL is not set"),
    ({"BASE_URL": "procureflow.example"}, "give a scheme and a host only"),
    ({"BASE_URL": "ftp://procureflow.example"}, "give a scheme and a host only"),
    ({"BASE_URL": "https://x.example/path"}, "give a scheme and a host only"),
    ({"CONFIG": "/nowhere/at/all"}, "PROCUREFLOW_CONFIG names /nowhere/at/all"),
    ({"DATABASE_URL": "nonsense"}, "PROCUREFLOW_DATABASE_URL is not an address"),
    ({"DATABASE_URL": "mysql://u@h/d"}, "PROCUREFLOW_DATABASE_URL names mysql"),
    ({"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/d"}, "can’t be reached"),
    ({"MAIL_URL": "pigeon://post"}, "PROCUREFLOW_MAIL_URL begins with “pigeon”"),
    pytest.param({"TRUSTED_PROXIES": "some"}, "PROCUREFLOW_TRUSTED_PROXIES"),
    pytest.param({"TRUSTED_PROXIES": "6"}, "PROCUREFLOW_TRUSTED_PROXIES"),
    pytest.param({"BASE_URL": "https://[::1"}, "PROCUREFLOW_BASE_URL"),
    ({"DATABASE_URL": "postgresql://u@h:port/d"}, "PROCUREFLOW_DATABASE_URL"),
    pytest.param({"MAIL_URL": "smtp://host:port"}, "PROCUREFLOW_MAIL_URL"),
]


@pytest.mark.parametrize(("given", "words"), BAD_SETTINGS)
def test_a_setting_that_cant_be_used_is_told_in_one_line(
    sqlite_shell: Shell, given: dict[str, Any], words: str
) -> None:
    done = sqlite_shell("worker", "--once", **given)
    assert done.code == 1, done
    assert done.line.startswith("Error: ")
    assert words in done.line
    assert "secret@" not in done.err, "a password is never printed"


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", "verify"],
        ["db", "upgrade"],
        ["user", "grant", "stranger@council.example", "auditor"],
        ["user", "disable", "stranger@council.example"],
    ],
)
def test_what_neither_serves_nor_writes_to_anybody_asks_for_no_secret(
    sqlite_shell: Shell, arguments: list[str]
) -> None:
    done = sqlite_shell(*arguments, SECRET_KEY=None, BASE_URL=None)
    assert done.code == 0, done


def test_serve_needs_its_settings_too(sqlite_shell: Shell) -> None:
    missing: tuple[dict[str, Any], ...] = ({"SECRET_KEY": None}, {"BASE_URL": None})
    for given in missing:
        done = sqlite_shell("serve", **given)
        assert done.code == 1
        assert "is not set" in done.line


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["db"],
        ["db", "downgrade"],
        ["serve", "--port", "0"],
        ["serve", "--port", "http"],
        ["serve", "--workers", "0"],
        ["worker", "--twice"],
        ["config", "check"],
        ["user", "add"],
        ["user", "add", "x@council.example"],
        ["user", "grant", "x@council.example", "king"],
        ["audit", "verify", "--yaml"],
    ],
)
def test_wrong_use_ends_with_two(bare: Shell, arguments: list[str]) -> None:
    done = bare(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Usage: " in done.err + done.out
    assert not (bare.folder / "instance").exists(), "and touches no database"


def test_help_and_version(bare: Shell) -> None:
    helped = bare("--help")
    assert helped.code == 0
    for command in ("demo", "serve", "worker", "db", "user", "config", "audit"):
        assert f"\n  {command} " in helped.out
    assert re.fullmatch(r".*\d+\.\d+\.\d+\n", bare("--version").out)


# --- the state of the database ------------------------------------------------------------------

NEEDS_A_DATABASE = [
    ["serve"],
    ["worker", "--once"],
    ["audit", "verify"],
    ["user", "add", "x@council.example", "--name", "X"],
    ["user", "grant", "x@council.example", "auditor"],
    ["user", "disable", "x@council.example"],
]


@pytest.mark.parametrize("arguments", NEEDS_A_DATABASE, ids=" ".join)
def test_an_empty_database_is_refused_and_left_empty(bare: Shell, arguments: list[str]) -> None:
    done = bare(*arguments)
    assert done.code == 1
    assert "is empty: run `procureflow db upgrade`" in done.line
    database = Database(bare.url)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    database.dispose()


def test_upgrade_makes_an_empty_database_the_councils(
    db: Database, tmp_path: Path, commands: Commands
) -> None:
    shell = Shell(db.url.render_as_string(hide_password=False), tmp_path, commands)
    assert shell("audit", "verify").line.endswith(
        "has no council yet: run `procureflow db upgrade`."
    )
    for _ in range(2):
        done = shell("db", "upgrade")
        assert (done.code, done.err) == (0, "")
        assert done.out.endswith("is up to date.\n")
    assert [row.council for row in everything(Council(db), Installation)] == ["herefordshire"]
    assert "1 events in 1 streams" in shell("audit", "verify").out


def _stamp(council: Council, statement: str) -> None:
    with council.db.unit_of_work() as session:
        session.execute(text(statement))


def test_a_newer_database_is_refused(council: Council, shell: Shell) -> None:
    _stamp(council, "UPDATE alembic_version SET version_num = '9999'")
    for arguments in (["serve"], ["worker", "--once"], ["db", "upgrade"], ["audit", "verify"]):
        done = shell(*arguments)
        assert done.code == 1
        assert "is newer than this version: install the version" in done.line


def test_an_older_database_is_refused_until_it_is_upgraded(
    sqlite_shell: Shell, tmp_path: Path
) -> None:
    """There is one migration yet: a copy of the product with a second one is the newer code."""
    root = Path(__file__).parents[2]
    for name in ("procureflow", "templates", "config", "migrations"):
        shutil.copytree(
            root / name, tmp_path / "later" / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / "later" / "migrations" / "versions" / "9998_later.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision = '9998', '{_head()}'\n"
        "branch_labels = depends_on = None\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE later (id INTEGER)')\n",
        "utf-8",
    )
    later = f"import sys; sys.path.insert(0, {str(tmp_path / 'later')!r}); {COMMAND}"
    for arguments in (["serve"], ["worker", "--once"], ["audit", "verify"]):
        done = sqlite_shell.anew(*arguments, code=later)
        assert done.code == 1
        assert "is older than this version: run `procureflow db upgrade`" in done.line
    assert sqlite_shell.anew("db", "upgrade", code=later).code == 0
    assert sqlite_shell.anew("audit", "verify", code=later).code == 0
    assert "is newer than this version" in sqlite_shell("audit", "verify").line


def _head() -> str:
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    scripts = Path(__file__).parents[2] / "migrations"
    config.set_main_option("script_location", scripts.as_posix())
    config.set_main_option("path_separator", "os")
    return str(ScriptDirectory.from_config(config).get_current_head())


def test_tables_of_something_else_are_left_alone(bare: Shell) -> None:
    path = bare.folder / "else.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.close()
    for arguments in (["serve"], ["db", "upgrade"], ["worker", "--once"], ["demo"]):
        done = bare(*arguments, DATABASE_URL=f"sqlite:///{path}")
        assert done.code == 1
        assert "holds tables of something else" in done.line
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("invoices",)]


def test_a_file_that_is_no_database_is_told_in_one_line(bare: Shell) -> None:
    path = bare.folder / "notes.txt"
    path.write_text("Not a database at all, but long enough to be looked at. " * 40)
    done = bare("audit", "verify", DATABASE_URL=f"sqlite:///{path}")
    assert done.code == 1
    assert "PROCUREFLOW_DATABASE_URL" in done.line
    done = bare("audit", "verify", DATABASE_URL=f"sqlite:///{path}/below/it.db")
    assert done.code == 1
    assert "PROCUREFLOW_DATABASE_URL" in done.line


def test_another_councils_database_is_refused(sqlite_shell: Shell) -> None:
    folder = _changed(
        sqlite_shell.folder, "organisation.yaml", "key: herefordshire", "key: shropshire"
    )
    for arguments in (["serve"], ["db", "upgrade"], ["worker", "--once"], ["audit", "verify"]):
        done = sqlite_shell(*arguments, CONFIG=str(folder))
        assert done.code == 1
        assert "belongs to herefordshire" in done.line
        assert "names shropshire" in done.line


def test_a_demonstration_is_not_played_into_a_real_council(sqlite_shell: Shell) -> None:
    done = sqlite_shell("demo")
    assert done.code == 1
    assert "holds a real council" in done.line


@pytest.fixture
def locked(sqlite_council: Council) -> Iterator[None]:
    """Another process holds the database."""
    path = sqlite_council.db.url.database
    sqlite_council.db.dispose()
    holder = sqlite3.connect(str(path), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    yield
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.parametrize("arguments", [*NEEDS_A_DATABASE, ["db", "upgrade"]], ids=" ".join)
def test_a_locked_database_is_told_in_one_line(
    sqlite_shell: Shell, locked: None, arguments: list[str]
) -> None:
    done = sqlite_shell(*arguments, code=IMPATIENT)
    assert done.code == 1
    assert "is locked by another process: stop that, or wait" in done.line


# --- config -------------------------------------------------------------------------------------


def test_config_check(bare: Shell) -> None:
    done = bare("config", "check", str(HEREFORDSHIRE), SECRET_KEY=None, BASE_URL=None)
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"Herefordshire Council: the documents hold, with \d+ rules.*\n", done.out)


def test_config_check_tells_each_fault_in_a_line(bare: Shell) -> None:
    """file:line: what; remedy."""
    folder = _changed(bare.folder, "workflow.yaml", "initial: draft", "initial: drift")
    _changed_again = folder / "parameters.yaml"
    words = _changed_again.read_text("utf-8")
    _changed_again.write_text(words.replace("endorsement: 7", "endorsement: seven"), "utf-8")
    done = bare("config", "check", str(folder))
    assert done.code == 1
    assert done.out == ""
    lines = done.err.splitlines()
    assert lines
    assert all(re.fullmatch(r"[\w./-]+\.yaml:\d+: [^;]+.*; .+", line) for line in lines), lines
    number = words.splitlines().index("  endorsement: 7") + 1
    assert any(line.startswith(f"parameters.yaml:{number}: ") for line in lines)


@pytest.mark.parametrize("what", ["missing", "empty", "binary", "nowhere"])
def test_config_check_of_a_folder_that_cant_be_read(bare: Shell, what: str) -> None:
    folder = bare.folder / "council"
    if what != "nowhere":
        shutil.copytree(HEREFORDSHIRE, folder)
    if what == "missing":
        (folder / "catalogue.yaml").unlink()
    elif what == "empty":
        (folder / "catalogue.yaml").write_text("")
    elif what == "binary":
        (folder / "catalogue.yaml").write_bytes(b"\xff\xfe\x00")
    done = bare("config", "check", str(folder))
    assert done.code == 1
    assert "Traceback" not in done.err
    expected = str(folder) if what == "nowhere" else "catalogue.yaml"
    assert done.line.startswith(f"{expected}:1: ")
    assert "; " in done.line


def test_faulty_documents_stop_the_start(bare: Shell) -> None:
    folder = _changed(bare.folder, "workflow.yaml", "initial: draft", "initial: drift")
    done = bare("db", "upgrade", CONFIG=str(folder))
    assert done.code == 1
    assert done.line.startswith("workflow.yaml:")
    assert not (bare.folder / "instance" / "new.db").exists() or "is empty" in (
        bare("audit", "verify").line
    )


def test_config_facts(bare: Shell) -> None:
    done = bare("config", "facts", str(HEREFORDSHIRE))
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)
    kinds = {line[0]: line[1] for line in lines}
    assert (kinds["category"], kinds["tier"]) == ("answer", "derived")


# --- people -------------------------------------------------------------------------------------


def test_user_add_prints_the_link_that_sets_a_password(council: Council, shell: Shell) -> None:
    done = shell(
        *("user", "add", "New@Council.example", "--name", "New Person", "--role", "chair"),
        *("--body", GROUP),
    )
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(
        r"New@Council.example can set a password at "
        r"https://procureflow\.council\.example/set-password/[\w-]{43}\n",
        done.out,
    )
    person = everything(council, Person)[-1]
    assert (person.email, person.password_hash) == ("new@council.example", None)
    (grant,) = everything(council, Grant, person_id=person.id)
    assert (grant.role, grant.body) == ("chair", GROUP)


BAD_PEOPLE: list[tuple[list[str], str]] = [
    (["add", "requester@council.example", "--name", "X"], "an account with this address already"),
    (["add", "nobody", "--name", "X"], "Enter an e-mail address"),
    (["add", "x@council.example", "--name", " "], "Enter the person’s name"),
    (
        ["add", "x@council.example", "--name", "X", "--role", "auditor", "--body", GROUP],
        "held over the council",
    ),
    (["add", "x@council.example", "--name", "X", "--role", "member"], "held over a body"),
    (
        ["add", "x@council.example", "--name", "X", "--role", "requester", "--directorate", "a"],
        "There is no directorate a",
    ),
    (["grant", "nobody@council.example", "auditor"], "no account nobody@council.example"),
    (["grant", "requester@council.example", "member"], "held over a body"),
    (["disable", "nobody@council.example"], "no account nobody@council.example"),
]


def test_people_that_cant_be_made_are_told_in_one_line(council: Council, shell: Shell) -> None:
    before = [len(everything(council, model)) for model in (Person, Grant)]
    for arguments, words in BAD_PEOPLE:
        done = shell("user", *arguments)
        assert done.code == 1, arguments
        assert words in done.line
    assert [len(everything(council, model)) for model in (Person, Grant)] == before


def test_the_workflow_is_drawn(bare: Shell) -> None:
    here = str(HEREFORDSHIRE)
    done = bare("workflow", "diagram", CONFIG=here, SECRET_KEY=None, BASE_URL=None)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("<svg ")
    assert "Group review" in done.out
    done = bare("workflow", "diagram", "--format", "mermaid", CONFIG=here)
    assert done.out.startswith("stateDiagram-v2\n    [*] --> draft\n")
    assert bare("workflow", "diagram", "--format", "png", CONFIG=here).code == 2


def test_config_publish_proposes_and_nobody_publishes_their_own(
    council: Council, shell: Shell
) -> None:
    folder = _changed(shell.folder, "parameters.yaml", "12000", "10000")
    given = ("config", "publish", str(folder), "--why", "The threshold is too high.")
    done = shell(*given, "--by", "policy1@council.example")
    assert (done.code, done.err) == (0, "")
    assert "another policy officer publishes it on " in done.out
    assert done.out.endswith("/policy/proposals/1\n")
    # A folder may be older than what was published: it says what it changes.
    assert "Standard from: 12,000 → 10,000" in done.out
    (proposal,) = everything(council, Proposal)
    assert proposal.proposed_by == council.people["policy1"]
    for by, more, said in (
        ("nobody@council.example", (), "There is no account"),
        ("admin@council.example", (), "Only a policy officer proposes"),
        ("policy1@council.example", ("--from", "2001-01-01"), "can’t be before today"),
    ):
        done = shell(*given, "--by", by, *more)
        assert done.code == 1, by
        assert said in done.line
    broken = _changed(shell.folder / "again", "workflow.yaml", "initial: draft", "initial: drift")
    done = shell("config", "publish", str(broken), "--why", "x", "--by", "policy1@council.example")
    assert done.code == 1
    assert re.match(r"workflow\.yaml:\d+: ", done.err)
    assert len(everything(council, Proposal)) == 1


def test_config_fetch_writes_what_was_published_last(council: Council, shell: Shell) -> None:
    texts = read_documents(HEREFORDSHIRE)
    name = "parameters.yaml"
    council.publish(council.now.date(), {**texts, name: texts[name].replace("12000", "10000")})
    folder = shell.folder / "fetched"
    done = shell("config", "fetch", str(folder))
    assert (done.code, done.err) == (0, "")
    assert "version 2" in done.out
    assert read_documents(folder) == {**texts, name: texts[name].replace("12000", "10000")}
    again = shell("config", "fetch", str(folder))
    assert again.code == 1
    assert "is there already" in again.line


def test_a_replay_of_another_councils_folder_is_refused(council: Council, shell: Shell) -> None:
    done = shell("policy", "replay", str(HEREFORDSHIRE.parent / "leeds"))
    assert done.code == 1
    assert "This database is of Herefordshire Council" in done.line


def test_config_facts_says_what_is_looked_up_whatever_is_wrong_elsewhere(bare: Shell) -> None:
    folder = _changed(bare.folder, "workflow.yaml", "initial: draft", "initial: drift")
    done = bare("config", "facts", str(folder))
    assert done.code == 0
    assert "the directorate's other requests of twelve months" in done.out


def test_user_grant_and_disable(council: Council, shell: Shell) -> None:
    account = "stranger@council.example"
    done = shell("user", "grant", account, "sponsor", "--directorate", "environment")
    assert (done.code, done.out) == (0, f"{account} is sponsor from today on.\n")
    assert shell("user", "disable", account).code == 0
    person = next(p for p in everything(council, Person) if p.email == account)
    assert person.closes_on is not None
    assert shell("user", "disable", account).line.startswith("Error: This account is disabled")


# --- the history --------------------------------------------------------------------------------


def test_audit_verify_of_a_sound_history(council: Council, shell: Shell) -> None:
    council.closed("approve")
    done = shell("audit", "verify")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("streams, 1 requests replayed: sound.\n")
    report = json.loads(shell("audit", "verify", "--json").out)
    assert (report["requests"], report["faults"]) == (1, [])


def test_audit_verify_names_what_was_changed(council: Council, shell: Shell) -> None:
    council.closed("approve")
    with council.db.unit_of_work() as session:
        session.execute(
            text("UPDATE votes SET choice = 'reject' WHERE person_id = :member"),
            {"member": council.people["member1"]},
        )
    done = shell("audit", "verify")
    assert done.code == 1
    assert "votes " in done.out
    assert "'reject'; the history says 'approve'" in done.out
    assert "1 faults" in done.out
    told = shell("audit", "verify", "--json")
    assert told.code == 1
    (fault,) = json.loads(told.out)["faults"]
    assert fault["table"] == "votes"
    assert str(council.people["member1"]) in fault["row"]


def test_audit_verify_sees_an_event_changed_behind_the_triggers(
    council: Council, shell: Shell
) -> None:
    council.closed("approve")
    _without_triggers(council, "UPDATE events SET actor_id = 1 WHERE kind = 'VotingClosed'")
    done = shell("audit", "verify")
    assert done.code == 1
    assert re.search(r"^events ICT-2026-0001 \d+: .*seal is broken", done.out, re.MULTILINE)


def _without_triggers(council: Council, statement: str) -> None:
    with council.db.unit_of_work() as session:
        if council.db.url.get_backend_name() == "sqlite":
            session.execute(text("DROP TRIGGER events_no_update"))
        else:
            session.execute(text("ALTER TABLE events DISABLE TRIGGER ALL"))
        changed: Any = session.execute(text(statement))
        assert changed.rowcount == 1


# --- the worker ---------------------------------------------------------------------------------


def test_the_worker_on_the_console(council: Council, shell: Shell) -> None:
    council.asked()
    done = shell("worker", "--once")
    assert (done.code, done.err) == (0, "")
    assert "--- mail to sponsor@council.example: ICT-2026-0001: please endorse" in done.out
    assert done.out.endswith("1 sent.\n")
    assert shell("worker", "--once").out == "0 sent.\n"


def test_the_workers_word_on_a_server_that_is_away(council: Council, shell: Shell) -> None:
    """It is no error of the command: the mail waits."""
    council.asked()
    done = shell("worker", "--once", MAIL_URL="smtp://127.0.0.1:1")
    assert (done.code, done.out) == (0, "0 sent.\n")
    assert "could not be sent" in done.line
