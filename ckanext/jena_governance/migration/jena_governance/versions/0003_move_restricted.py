"""Restricted data stored before there was a vault move into it.

The index is not part of this transaction: run ``ckan jena-governance vault status`` afterwards,
which names the datasets whose index is behind, and ``vault clean``, which mends it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    from ckanext.jena_governance.access import takeover

    takeover.move_in(op.get_bind())


def downgrade():
    from ckanext.jena_governance.access import takeover

    takeover.move_out(op.get_bind())
