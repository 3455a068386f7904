"""SpiffWorkflow: BPMN user tasks in lanes.

For every task the stored workflow is deserialised, advanced and stored again whole: that is how
the engine is used between web requests. Its state sits in the case's own row, so that a step
costs one UPDATE and one INSERT.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

from datetime import UTC, datetime
from pathlib import Path

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from tests.bench.peers._case import COST_PENCE, STEPS, TITLE, Refused
from tests.bench.peers._driver import Driver
from tests.bench.peers._stopwatch import Stopwatch

HISTORY_PER_CASE = len(STEPS)

SCHEMA = (
    "CREATE TABLE exception_case (id {key}, title TEXT NOT NULL, cost BIGINT NOT NULL,"
    " state TEXT NOT NULL, updated_at TEXT NOT NULL, workflow TEXT NOT NULL)",
    "CREATE TABLE history (id {key}, case_id BIGINT NOT NULL REFERENCES exception_case (id),"
    " seq INTEGER NOT NULL, at TEXT NOT NULL, actor_role TEXT NOT NULL, action TEXT NOT NULL,"
    " from_state TEXT NOT NULL, to_state TEXT NOT NULL, UNIQUE (case_id, seq))",
)


class Context:
    """The connection, the parsed process and the statements."""

    def __init__(self, target: str) -> None:
        self.driver = Driver(target)
        parser = BpmnParser()
        parser.add_bpmn_file(str(Path(__file__).with_name("case.bpmn")))
        self.process = parser.get_spec("case")
        self.serializer = BpmnWorkflowSerializer()
        statement = self.driver.statement
        self.insert_case = statement(
            "INSERT INTO exception_case (title, cost, state, updated_at, workflow)"
            " VALUES (?, ?, 'draft', ?, ?) RETURNING id"
        )
        self.select_case = statement(
            "SELECT workflow, cost FROM exception_case WHERE id = ?" + self.driver.for_update
        )
        self.update_case = statement(
            "UPDATE exception_case SET state = ?, updated_at = ?, workflow = ? WHERE id = ?"
        )
        self.insert_history = statement(
            "INSERT INTO history (case_id, seq, at, actor_role, action, from_state, to_state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
        )


def setup(target: str) -> Context:
    """Make the tables; return what a lifecycle needs."""
    context = open(target)
    key = (
        "INTEGER PRIMARY KEY"
        if context.driver.sqlite
        else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    )
    with context.driver.transaction() as cursor:
        for table in SCHEMA:
            cursor.execute(table.format(key=key))
    return context


def open(target: str) -> Context:
    """Return what a lifecycle needs."""
    return Context(target)


def lifecycle(context: Context) -> list[float]:
    """Run the five steps; return the seconds of each."""
    watch = Stopwatch()
    with watch:
        case = create(context)
    for number, step in enumerate(STEPS, 1):
        with watch, context.driver.transaction() as cursor:
            cursor.execute(context.select_case, (case,))
            stored, cost = cursor.fetchone()
            workflow = context.serializer.deserialize_json(stored)
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            if task.task_spec.bpmn_id != step.trigger or task.task_spec.lane != step.role:
                raise Refused(step.trigger)
            if cost <= 0:
                raise Refused(step.trigger)
            if step.trigger == "cast_vote":
                task.set_data(votes=task.data.get("votes", 0) + 1)
            task.run()
            workflow.do_engine_steps()
            if workflow.is_completed() != (step is STEPS[-1]):
                raise Refused(step.trigger)
            now = datetime.now(UTC).isoformat()
            stored = context.serializer.serialize_json(workflow)
            cursor.execute(context.update_case, (step.target, now, stored, case))
            cursor.execute(
                context.insert_history,
                (case, number, now, step.role, step.trigger, step.source, step.target),
            )
    return watch.seconds


def create(context: Context) -> int:
    """Store a new case with its workflow waiting at the first task; return its id."""
    workflow = BpmnWorkflow(context.process)
    workflow.do_engine_steps()
    now = datetime.now(UTC).isoformat()
    stored = context.serializer.serialize_json(workflow)
    with context.driver.transaction() as cursor:
        cursor.execute(context.insert_case, (TITLE, COST_PENCE, now, stored))
        return int(cursor.fetchone()[0])


def verify(context: Context) -> dict[str, int]:
    """Count what is stored."""
    counts = {}
    with context.driver.transaction() as cursor:
        for name, query in (
            ("cases", "SELECT count(*) FROM exception_case"),
            ("approved", "SELECT count(*) FROM exception_case WHERE state = 'approved'"),
            ("history", "SELECT count(*) FROM history"),
        ):
            cursor.execute(query)
            counts[name] = cursor.fetchone()[0]
    return counts
