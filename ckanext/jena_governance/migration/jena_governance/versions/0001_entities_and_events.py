"""Entities of the city group, and the record of changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "governance_entity",
        sa.Column(
            "organization_id",
            sa.UnicodeText,
            sa.ForeignKey("group.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("entity_class", sa.UnicodeText, nullable=False),
        sa.Column("in_group", sa.Boolean, nullable=False),
        sa.Column("walled", sa.Boolean, nullable=False),
        sa.Column("publishes_for", JSONB, nullable=False),
        sa.Column("bound_by", sa.UnicodeText),
        sa.Column("bound_since", sa.Date),
        sa.Column("data_steward", sa.UnicodeText),
        sa.Column("data_steward_email", sa.UnicodeText),
        sa.Column("note", sa.UnicodeText),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "governance_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False, index=True),
        sa.Column("object_type", sa.UnicodeText, nullable=False),
        sa.Column("object_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("actor", sa.UnicodeText),
        sa.Column("data", JSONB, nullable=False),
    )
    op.create_table(
        "governance_event_person",
        sa.Column(
            "event_id",
            sa.BigInteger,
            sa.ForeignKey("governance_event.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("user_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("salt", sa.UnicodeText, nullable=False),
    )


def downgrade():
    op.drop_table("governance_event_person")
    op.drop_table("governance_event")
    op.drop_table("governance_entity")
