"""Search by request: one entry for all that a request says now, in the place of one a section.

A word that is in every request is then found in the order of their ids, and PostgreSQL knows how
common a word is, because it keeps statistics of a column and none of an expression's words. An
index says which requests are a directorate's.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: The versions of sections that none came after, of every request or of one.
_STANDING = (
    "section_versions AS standing WHERE {of}NOT EXISTS (SELECT 1 FROM section_versions AS newer "
    "WHERE newer.request_id = standing.request_id AND newer.section = standing.section "
    "AND newer.version > standing.version)"
)
_OF_THIS = "standing.request_id = NEW.request_id AND "


def upgrade() -> None:
    op.create_index("ix_requests_directorate", "requests", ["directorate", "reference"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX ix_section_versions_words")
        _make_postgresql()
    else:
        op.execute("DROP TRIGGER section_versions_searched")
        op.execute("DROP TABLE section_search")
        _make_sqlite()


def _make_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE request_search USING fts5(words, "
        "tokenize = 'porter unicode61 remove_diacritics 2')"
    )

    def insert(of: str) -> str:
        standing = _STANDING.format(of=of).replace(
            " AS standing", " AS standing, json_tree(standing.answers) AS said", 1
        )
        return (
            "INSERT INTO request_search (rowid, words) "  # noqa: S608
            f"SELECT standing.request_id, group_concat(said.atom, ' ') FROM {standing} "
            "AND said.type = 'text' GROUP BY standing.request_id"
        )

    op.execute(insert(""))
    op.execute(
        "CREATE TRIGGER section_versions_searched AFTER INSERT ON section_versions BEGIN "  # noqa: S608
        f"DELETE FROM request_search WHERE rowid = NEW.request_id; {insert(_OF_THIS)}; END"
    )


def _make_postgresql() -> None:
    op.execute(
        "CREATE TABLE request_search (request_id bigint CONSTRAINT pk_request_search PRIMARY KEY "
        "CONSTRAINT fk_request_search_request_id REFERENCES requests (id), words tsvector NOT NULL)"
    )

    def insert(of: str) -> str:
        return (
            "INSERT INTO request_search SELECT standing.request_id, "  # noqa: S608
            "jsonb_to_tsvector('english', jsonb_agg(standing.answers::jsonb), '[\"string\"]') "
            f"FROM {_STANDING.format(of=of)} GROUP BY standing.request_id "
            "ON CONFLICT (request_id) DO UPDATE SET words = EXCLUDED.words"
        )

    op.execute(insert(""))
    op.execute("CREATE INDEX ix_request_search_words ON request_search USING gin (words)")
    op.execute(
        "CREATE FUNCTION keep_request_search() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {insert(_OF_THIS)}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER section_versions_searched AFTER INSERT ON section_versions "
        "FOR EACH ROW EXECUTE FUNCTION keep_request_search()"
    )


def downgrade() -> None:
    op.drop_index("ix_requests_directorate", "requests")
    op.execute(
        "DROP TRIGGER section_versions_searched"
        + (" ON section_versions" if op.get_bind().dialect.name == "postgresql" else "")
    )
    op.execute("DROP TABLE request_search")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_request_search()")
        op.execute(
            "CREATE INDEX ix_section_versions_words ON section_versions USING gin "
            "(jsonb_to_tsvector('english', answers::jsonb, '[\"string\"]'))"
        )
        return
    text = "(SELECT group_concat(atom, ' ') FROM json_tree({answers}) WHERE type = 'text')"
    op.execute(
        "CREATE VIRTUAL TABLE section_search USING fts5(words, request_id UNINDEXED, "
        "section UNINDEXED, version UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    columns = "section_search (words, request_id, section, version)"
    op.execute(
        f"INSERT INTO {columns} SELECT {text.format(answers='answers')}, request_id, section, "  # noqa: S608
        "version FROM section_versions"
    )
    op.execute(
        "CREATE TRIGGER section_versions_searched AFTER INSERT ON section_versions BEGIN "  # noqa: S608
        f"INSERT INTO {columns} VALUES ({text.format(answers='NEW.answers')}, NEW.request_id, "
        "NEW.section, NEW.version); END"
    )
