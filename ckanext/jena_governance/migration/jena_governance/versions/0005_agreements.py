"""Agreements between two entities."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "governance_agreement",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("title", sa.UnicodeText, nullable=False),
        sa.Column("provider", sa.UnicodeText, nullable=False, index=True),
        sa.Column("consumer", sa.UnicodeText, nullable=False, index=True),
        sa.Column("drafted_by", sa.UnicodeText, nullable=False),
        sa.Column("datasets", JSONB),
        sa.Column("level", sa.UnicodeText, nullable=False),
        sa.Column("purpose", sa.UnicodeText, nullable=False),
        sa.Column("norm", sa.UnicodeText, nullable=False),
        sa.Column("conditions", sa.UnicodeText, nullable=False),
        sa.Column("document", sa.UnicodeText, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("replaces", sa.UnicodeText, index=True),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("created_by", sa.UnicodeText, nullable=False, index=True),
        sa.Column("provider_signed_by", sa.UnicodeText),
        sa.Column("provider_signed_at", sa.DateTime(timezone=True)),
        sa.Column("consumer_signed_by", sa.UnicodeText),
        sa.Column("consumer_signed_at", sa.DateTime(timezone=True)),
        sa.Column("standing", JSONB),
        sa.Column("suspended", sa.UnicodeText),
        sa.Column("ended_on", sa.Date),
        sa.Column("ended_as", sa.UnicodeText),
        sa.Column("end_reason", sa.UnicodeText, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("governance_agreement")
