"""Accesses are counted by day: the moment of the last one told of somebody's working day."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "governance_access_log"


def upgrade():
    op.drop_column(TABLE, "last")


def downgrade():
    op.add_column(TABLE, sa.Column("last", sa.DateTime(timezone=True)))
