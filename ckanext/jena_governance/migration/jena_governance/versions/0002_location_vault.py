"""The location vault, and the log of accesses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "governance_resource_location",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("resource_id", sa.UnicodeText, primary_key=True, index=True),
        sa.Column("url", sa.UnicodeText),
        sa.Column("file_name", sa.UnicodeText),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "governance_access_log",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("day", sa.Date, nullable=False, index=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("resource_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("via", sa.UnicodeText, nullable=False),
        sa.Column("rule", sa.UnicodeText, nullable=False),
        sa.Column("level", sa.UnicodeText, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("day", "resource_id", "user_id", "via", "rule", "level"),
    )


def downgrade():
    op.drop_table("governance_access_log")
    op.drop_table("governance_resource_location")
