"""Requests for access, what was said about them, and the mails that still have to go out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "governance_access_request"
MOMENT = sa.DateTime(timezone=True)


def _of_request():
    return sa.Column(
        "request_id",
        sa.UnicodeText,
        sa.ForeignKey(f"{TABLE}.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("entity_id", sa.UnicodeText),
        sa.Column("dataset_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("owner_id", sa.UnicodeText),
        sa.Column("forwarded_to", sa.UnicodeText),
        sa.Column("resources", JSONB, nullable=False),
        sa.Column("persons", JSONB, nullable=False),
        sa.Column("purpose", sa.UnicodeText, nullable=False),
        sa.Column("norm", sa.UnicodeText, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("lang", sa.UnicodeText, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("submitted", MOMENT),
        sa.Column("modified", MOMENT, nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("stopped_on", sa.Date),
        sa.Column("decided", MOMENT),
        sa.Column("decider_id", sa.UnicodeText),
        sa.Column("decision", JSONB, nullable=False),
        sa.Column("grantees", JSONB, nullable=False),
        sa.Column("granted", JSONB, nullable=False),
        sa.Column("since", sa.Date),
        sa.Column("granted_until", sa.Date),
        sa.Column("ended", sa.Date, index=True),
        sa.Column("reminded_soon", sa.Date),
        sa.Column("reminded_overdue", sa.Date),
    )
    op.create_index(f"ix_{TABLE}_mine", TABLE, ["user_id", "created", "id"])
    op.create_index(f"ix_{TABLE}_owner", TABLE, ["owner_id", "state", "due", "id"])
    op.create_index(f"ix_{TABLE}_forwarded", TABLE, ["forwarded_to", "due", "id"])
    op.create_index(f"ix_{TABLE}_entity", TABLE, ["entity_id", "state"])
    op.create_index(
        f"ix_{TABLE}_grantees",
        TABLE,
        ["grantees"],
        postgresql_using="gin",
        postgresql_where=sa.text("state = 'approved'"),
    )
    op.create_table(
        f"{TABLE}_entry",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        _of_request(),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("user_id", sa.UnicodeText),
        sa.Column("step", sa.UnicodeText, nullable=False),
        sa.Column("text", sa.UnicodeText, nullable=False),
    )
    op.create_table(
        "governance_request_mail",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        _of_request(),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("recipient", sa.UnicodeText, nullable=False),
        sa.Column("lang", sa.UnicodeText, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try", MOMENT, nullable=False, index=True),
    )


def downgrade():
    op.drop_table("governance_request_mail")
    op.drop_table(f"{TABLE}_entry")
    op.drop_table(TABLE)
