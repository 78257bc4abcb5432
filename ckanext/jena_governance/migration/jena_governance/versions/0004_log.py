"""The log seals its days, refuses to be changed, and keeps apart whom an event is about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A row leaves the log in one way only: an event of pruning names it, and stays (docs/log.md).
# The setting is for tests, which empty every table between two of them.
REFUSE = """
CREATE OR REPLACE FUNCTION governance_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('jena_governance.empty_the_log', true) = 'on' THEN
    IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'governance_event' THEN
    IF EXISTS (
      SELECT 1 FROM governance_event AS pruning
      WHERE pruning.kind = 'log.pruned' AND pruning.data->'ids' @> to_jsonb(OLD.id)
    ) THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'the log is not changed: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
          HINT = 'ckan jena-governance log prune removes what is old enough';
END $$
"""
GUARDED = ("governance_event", "governance_event_digest")


def upgrade():
    op.create_table(
        "governance_event_digest",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("rows", JSONB, nullable=False),
        sa.Column("previous", sa.UnicodeText, nullable=False),
        sa.Column("key_id", sa.UnicodeText, nullable=False),
        sa.Column("hmac", sa.UnicodeText, nullable=False),
    )
    op.create_index("ix_governance_event_created", "governance_event", ["created"])
    op.alter_column("governance_event_person", "user_id", nullable=True)
    op.alter_column("governance_event_person", "salt", nullable=True)
    op.add_column(
        "governance_event_person", sa.Column("subject_id", sa.UnicodeText, index=True)
    )
    op.add_column("governance_event_person", sa.Column("subject_salt", sa.UnicodeText))
    op.execute(REFUSE)
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER governance_log_rows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION governance_log_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER governance_log_table BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION governance_log_refuse()"
        )


def downgrade():
    for table in GUARDED:
        op.execute(f"DROP TRIGGER governance_log_rows ON {table}")
        op.execute(f"DROP TRIGGER governance_log_table ON {table}")
    op.execute("DROP FUNCTION governance_log_refuse()")
    op.drop_column("governance_event_person", "subject_salt")
    op.drop_column("governance_event_person", "subject_id")
    op.execute("DELETE FROM governance_event_person WHERE user_id IS NULL")
    op.alter_column("governance_event_person", "salt", nullable=False)
    op.alter_column("governance_event_person", "user_id", nullable=False)
    op.drop_index("ix_governance_event_created", "governance_event")
    op.drop_table("governance_event_digest")
