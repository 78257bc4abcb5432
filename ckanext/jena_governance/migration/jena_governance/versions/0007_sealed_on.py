"""A seal says on which day it was made, so that one made late shows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("governance_event_digest", sa.Column("sealed_on", sa.Date))


def downgrade():
    op.drop_column("governance_event_digest", "sealed_on")
