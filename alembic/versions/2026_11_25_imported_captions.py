"""Captions say whether they came from elsewhere: what a person typed goes before them."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added in place: to rebuild the table would drop the triggers of the full text.
    op.add_column("caption", sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE caption SET imported = TRUE WHERE author = 'person' AND id IN ("
        "SELECT caption_id FROM change JOIN action ON action.id = action_id "
        "WHERE kind = 'import' AND was = 'withdrawn')"
    )


def downgrade() -> None:
    op.drop_column("caption", "imported")
