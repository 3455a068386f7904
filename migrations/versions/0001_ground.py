"""The ground: people, policies, requests, content, reviews, compliance, evidence.

What must never be changed once written is refused by triggers, on both databases: the history,
the content, the submissions, the decisions, the published documents and the security log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

#: Rows of these are written once. Nothing in the product changes them, and nobody else may.
WRITTEN_ONCE = (
    "bundles",
    "section_versions",
    "submissions",
    "submission_sections",
    "endorsements",
    "decisions",
    "conditions",
    "events",
    "security_log",
)
#: References between tables that need each other: added after both on PostgreSQL, where a table
#: can't refer to one that isn't there yet. SQLite takes them in place and knows no ALTER for them.
MUTUAL = (
    {
        "constraint_name": "fk_requests_decision_id_id",
        "source_table": "requests",
        "referent_table": "decisions",
        "local_cols": ["decision_id", "id"],
        "remote_cols": ["id", "request_id"],
    },
    {
        "constraint_name": "fk_submissions_pins_something",
        "source_table": "submissions",
        "referent_table": "submission_sections",
        "local_cols": ["id", "lead_section"],
        "remote_cols": ["submission_id", "section"],
        "deferrable": True,
        "initially": "DEFERRED",
    },
)


def upgrade() -> None:
    _create_tables()
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for reference in MUTUAL:
            op.create_foreign_key(**reference)
        op.execute(
            """
            CREATE FUNCTION procureflow_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME;
            END $$
            """
        )
    for table in WRITTEN_ONCE:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION procureflow_written_once()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION procureflow_written_once()"
            )
        else:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
                )


def downgrade() -> None:
    raise NotImplementedError("There is nothing before this: restore a backup instead.")


def _create_tables() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("council", sa.String(length=60), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_there_is_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _id, nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("done_at", _moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_outbox_stream_seq")),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "people",
        sa.Column("id", _id, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("job_title", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.CheckConstraint(
            "email = lower(email) AND email LIKE '%_@_%'",
            name=op.f("ck_people_email_is_lower_case"),
        ),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_people_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "reference_counters",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_reference_counters")),
    )
    op.create_table(
        "bundles",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("published_at", _moment, nullable=False),
        sa.Column("published_by", _id, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "number = 1 OR published_by IS NOT NULL", name=op.f("ck_bundles_has_a_publisher")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["people.id"], name=op.f("fk_bundles_published_by")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_bundles")),
        sa.UniqueConstraint("number", name=op.f("uq_bundles_number")),
    )
    op.create_table(
        "events",
        sa.Column("id", _id, nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("actor_id", _id, nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state_from", sa.String(length=60), nullable=True),
        sa.Column("state_to", sa.String(length=60), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "length(previous) = 64 AND length(hash) = 64", name=op.f("ck_events_is_sealed")
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_events_counts_from_one")),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_events_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_events_stream_seq")),
    )
    op.create_index("ix_events_at", "events", ["at", "id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", _id, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("directorate", sa.String(length=60), nullable=True),
        sa.Column("body", sa.String(length=60), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(role IN ('requester', 'sponsor', 'director') "
            "AND directorate IS NOT NULL AND body IS NULL) "
            "OR (role IN ('member', 'chair', 'vice_chair', 'secretary') "
            "AND body IS NOT NULL AND directorate IS NULL) "
            "OR (role IN ('ict_assessor', 'finance_assessor', 'auditor', 'policy_officer', "
            "'administrator') AND directorate IS NULL AND body IS NULL)",
            name=op.f("ck_grants_scope_matches_role"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_grants_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_grants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_body_role", "grants", ["body", "role"], unique=False)
    op.create_index("ix_grants_directorate_role", "grants", ["directorate", "role"], unique=False)
    op.create_index(
        "ix_grants_person_id_starts_on", "grants", ["person_id", "starts_on"], unique=False
    )
    op.create_table(
        "mails",
        sa.Column("id", _id, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("queued_at", _moment, nullable=False),
        sa.Column("not_before", _moment, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("sent_at", _moment, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", "person_id", name=op.f("uq_mails_key_person_id")),
    )
    op.create_index(
        "ix_mails_waiting",
        "mails",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", _id, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("used_at", _moment, nullable=True),
        sa.CheckConstraint(
            "purpose IN ('first_password', 'forgotten_password')",
            name=op.f("ck_one_time_links_purpose_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_one_time_links_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_index("ix_one_time_links_person_id", "one_time_links", ["person_id"], unique=False)
    op.create_table(
        "security_log",
        sa.Column("id", _id, nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", _id, nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_security_log_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_log")),
    )
    op.create_index(
        "ix_security_log_address", "security_log", ["kind", "address", "at"], unique=False
    )
    op.create_index(
        "ix_security_log_subject", "security_log", ["kind", "subject", "at"], unique=False
    )
    op.create_table(
        "requests",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=False),
        sa.Column("directorate", sa.String(length=60), nullable=False),
        sa.Column("requester_id", _id, nullable=False),
        sa.Column("sponsor_id", _id, nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=True),
        sa.Column("whole_life_cost", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("state_kind", sa.String(length=10), nullable=False),
        sa.Column("state_since", _moment, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("decision_id", _id, nullable=True),
        sa.Column("previous_id", _id, nullable=True),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.CheckConstraint(
            "state_kind <> 'decided' OR decision_id IS NOT NULL",
            name=op.f("ck_requests_decided_has_a_decision"),
        ),
        sa.CheckConstraint(
            "state_kind IN ('editing', 'group', 'decided', 'final')",
            name=op.f("ck_requests_kind_is_known"),
        ),
        sa.CheckConstraint(
            "requester_id <> sponsor_id", name=op.f("ck_requests_nobody_sponsors_their_own")
        ),
        sa.CheckConstraint(
            "version >= 1 AND length(head) = 64", name=op.f("ck_requests_has_a_chain")
        ),
        sa.CheckConstraint("whole_life_cost >= 0", name=op.f("ck_requests_cost_is_not_negative")),
        sa.ForeignKeyConstraint(["bundle"], ["bundles.hash"], name=op.f("fk_requests_bundle")),
        sa.ForeignKeyConstraint(
            ["decision_id", "id"],
            ["decisions.id", "decisions.request_id"],
            name=op.f("fk_requests_decision_id_id"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["requests.id"], name=op.f("fk_requests_previous_id")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["people.id"], name=op.f("fk_requests_requester_id")
        ),
        sa.ForeignKeyConstraint(["sponsor_id"], ["people.id"], name=op.f("fk_requests_sponsor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_requests_reference")),
    )
    op.create_index(
        "ix_requests_inbox", "requests", ["state", "directorate", "updated_at", "id"], unique=False
    )
    op.create_index(
        "ix_requests_open",
        "requests",
        ["state", "updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("state_kind IN ('editing', 'group')"),
        postgresql_where=sa.text("state_kind IN ('editing', 'group')"),
    )
    op.create_index(
        "ix_requests_requester", "requests", ["requester_id", "updated_at", "id"], unique=False
    )
    op.create_index(
        "ix_requests_sponsor", "requests", ["sponsor_id", "updated_at", "id"], unique=False
    )
    op.create_table(
        "section_versions",
        sa.Column("request_id", _id, nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("author_id", _id, nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_section_versions_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name=op.f("fk_section_versions_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_section_versions_request_id")
        ),
        sa.PrimaryKeyConstraint(
            "request_id", "section", "version", name=op.f("pk_section_versions")
        ),
    )
    op.create_table(
        "submissions",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("lead_section", sa.String(length=60), nullable=False),
        sa.Column("submitted_by", _id, nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.ForeignKeyConstraint(["bundle"], ["bundles.hash"], name=op.f("fk_submissions_bundle")),
        sa.ForeignKeyConstraint(
            ["id", "lead_section"],
            ["submission_sections.submission_id", "submission_sections.section"],
            name=op.f("fk_submissions_pins_something"),
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_submissions_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["people.id"], name=op.f("fk_submissions_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("id", "request_id", name=op.f("uq_submissions_id_request_id")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_submissions_request_id_number")),
    )
    op.create_table(
        "endorsements",
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("sponsor_id", _id, nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.CheckConstraint(
            "verdict = 'endorsed' OR length(note) > 0",
            name=op.f("ck_endorsements_sent_back_says_why"),
        ),
        sa.CheckConstraint(
            "verdict IN ('endorsed', 'sent_back')", name=op.f("ck_endorsements_verdict_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["people.id"], name=op.f("fk_endorsements_sponsor_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id", "request_id"],
            ["submissions.id", "submissions.request_id"],
            name=op.f("fk_endorsements_submission_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_endorsements")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", _id, nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("body", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=60), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", _moment, nullable=False),
        sa.Column("closed_at", _moment, nullable=True),
        sa.CheckConstraint("round >= 1", name=op.f("ck_reviews_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["submission_id", "request_id"],
            ["submissions.id", "submissions.request_id"],
            name=op.f("fk_reviews_submission_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("id", "request_id", name=op.f("uq_reviews_id_request_id")),
        sa.UniqueConstraint("id", "submission_id", name=op.f("uq_reviews_id_submission_id")),
        sa.UniqueConstraint(
            "submission_id",
            "body",
            "stage",
            "round",
            name=op.f("uq_reviews_submission_id_body_stage_round"),
        ),
    )
    op.create_index("ix_reviews_request", "reviews", ["request_id"], unique=False)
    op.create_index(
        "uq_reviews_one_open",
        "reviews",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "submission_sections",
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id", "section", "version"],
            ["section_versions.request_id", "section_versions.section", "section_versions.version"],
            name=op.f("fk_submission_sections_request_id_section_version"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_id", "request_id"],
            ["submissions.id", "submissions.request_id"],
            name=op.f("fk_submission_sections_submission_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "section", name=op.f("pk_submission_sections")),
    )
    op.create_table(
        "assessments",
        sa.Column("review_id", _id, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("assessor_id", _id, nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.CheckConstraint(
            "verdict = 'satisfied' OR length(note) > 0",
            name=op.f("ck_assessments_reservation_says_why"),
        ),
        sa.CheckConstraint(
            "verdict IN ('satisfied', 'satisfied_if', 'not_satisfied')",
            name=op.f("ck_assessments_verdict_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["assessor_id"], ["people.id"], name=op.f("fk_assessments_assessor_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id", "submission_id"],
            ["reviews.id", "reviews.submission_id"],
            name=op.f("fk_assessments_review_id_submission_id"),
        ),
        sa.PrimaryKeyConstraint("review_id", "kind", name=op.f("pk_assessments")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", _id, nullable=False),
        sa.Column("review_id", _id, nullable=False),
        sa.Column("request_id", _id, nullable=False),
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_by", _id, nullable=False),
        sa.Column("decided_at", _moment, nullable=False),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("casting_vote_used", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'reject' OR rules <> '[]'", name=op.f("ck_decisions_rejection_cites_a_rule")
        ),
        sa.CheckConstraint(
            "outcome <> 'return' OR sections <> '[]'",
            name=op.f("ck_decisions_return_names_a_section"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approve', 'reject', 'return')", name=op.f("ck_decisions_outcome_known")
        ),
        sa.CheckConstraint("length(reasons) > 0", name=op.f("ck_decisions_gives_reasons")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_decisions_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["review_id", "request_id"],
            ["reviews.id", "reviews.request_id"],
            name=op.f("fk_decisions_review_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id", "submission_id"],
            ["reviews.id", "reviews.submission_id"],
            name=op.f("fk_decisions_review_id_submission_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("id", "request_id", name=op.f("uq_decisions_id_request_id")),
        sa.UniqueConstraint("review_id", name=op.f("uq_decisions_review_id")),
    )
    op.create_index("ix_decisions_request", "decisions", ["request_id"], unique=False)
    op.create_table(
        "declarations",
        sa.Column("review_id", _id, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("interest", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.CheckConstraint(
            "interest = 'none' OR length(note) > 0",
            name=op.f("ck_declarations_interest_is_described"),
        ),
        sa.CheckConstraint(
            "interest IN ('none', 'personal', 'prejudicial')",
            name=op.f("ck_declarations_interest_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_declarations_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_declarations_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", "person_id", name=op.f("pk_declarations")),
        sa.UniqueConstraint(
            "review_id",
            "person_id",
            "interest",
            name=op.f("uq_declarations_review_id_person_id_interest"),
        ),
    )
    op.create_table(
        "conditions",
        sa.Column("decision_id", _id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_conditions_says_something")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_conditions_decision_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", "number", name=op.f("pk_conditions")),
    )
    op.create_table(
        "non_compliance_records",
        sa.Column("id", _id, nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("directorate", sa.String(length=60), nullable=False),
        sa.Column("request_id", _id, nullable=True),
        sa.Column("decision_id", _id, nullable=True),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("opened_at", _moment, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint("rules <> '[]'", name=op.f("ck_non_compliance_records_cites_a_rule")),
        sa.CheckConstraint(
            "decision_id IS NULL OR request_id IS NOT NULL",
            name=op.f("ck_non_compliance_records_decision_has_one"),
        ),
        sa.CheckConstraint(
            "version >= 1 AND length(head) = 64", name=op.f("ck_non_compliance_records_has_a_chain")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id", "request_id"],
            ["decisions.id", "decisions.request_id"],
            name=op.f("fk_non_compliance_records_decision_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_non_compliance_records_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_non_compliance_records")),
        sa.UniqueConstraint("reference", name=op.f("uq_non_compliance_records_reference")),
    )
    op.create_index(
        "ix_non_compliance_directorate",
        "non_compliance_records",
        ["directorate", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_non_compliance_request", "non_compliance_records", ["request_id"], unique=False
    )
    op.create_table(
        "votes",
        sa.Column("review_id", _id, nullable=False),
        sa.Column("person_id", _id, nullable=False),
        sa.Column("submission_id", _id, nullable=False),
        sa.Column("interest", sa.String(length=20), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.CheckConstraint(
            "choice IN ('approve', 'reject', 'return', 'abstain')",
            name=op.f("ck_votes_choice_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id", "person_id", "interest"],
            ["declarations.review_id", "declarations.person_id", "declarations.interest"],
            name=op.f("fk_votes_review_id_person_id_interest"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id", "submission_id"],
            ["reviews.id", "reviews.submission_id"],
            name=op.f("fk_votes_review_id_submission_id"),
        ),
        sa.PrimaryKeyConstraint("review_id", "person_id", name=op.f("pk_votes")),
    )
    op.create_table(
        "directorate_actions",
        sa.Column("record_id", _id, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("done_by", _id, nullable=True),
        sa.Column("done_at", _moment, nullable=True),
        sa.Column("closed_by", _id, nullable=True),
        sa.Column("closed_at", _moment, nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(closed_by IS NULL) = (closed_at IS NULL)",
            name=op.f("ck_directorate_actions_closing_is_whole"),
        ),
        sa.CheckConstraint(
            "(done IS NULL) = (done_by IS NULL) AND (done IS NULL) = (done_at IS NULL)",
            name=op.f("ck_directorate_actions_answer_is_whole"),
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR done IS NOT NULL",
            name=op.f("ck_directorate_actions_closed_after_an_answer"),
        ),
        sa.CheckConstraint(
            "closed_by <> done_by", name=op.f("ck_directorate_actions_nobody_closes_their_own")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["people.id"], name=op.f("fk_directorate_actions_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["people.id"], name=op.f("fk_directorate_actions_done_by")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["non_compliance_records.id"],
            name=op.f("fk_directorate_actions_record_id"),
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_directorate_actions")),
    )
    op.create_index(
        "ix_directorate_actions_open", "directorate_actions", ["closed_at", "due_on"], unique=False
    )
