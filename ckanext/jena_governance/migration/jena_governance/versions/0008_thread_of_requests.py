"""For which entity somebody spoke in the thread of a request, and what a requester changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "governance_access_request_entry"


def upgrade():
    op.add_column(TABLE, sa.Column("entity_id", sa.UnicodeText))
    op.add_column(TABLE, sa.Column("fields", JSONB))


def downgrade():
    op.drop_column(TABLE, "fields")
    op.drop_column(TABLE, "entity_id")
