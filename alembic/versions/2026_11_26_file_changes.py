"""People move the files of photographs, and put them into the trash; the journal takes that back, too."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ONLY_ADDS = True


def upgrade() -> None:
    op.create_table(
        "file_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("was", sa.LargeBinary(), nullable=False),
        sa.Column("became", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_change")),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_file_change_action_id_action"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_file_change_image_id_image"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_file_change_action_id"), "file_change", ["action_id"])
    op.create_index(op.f("ix_file_change_image_id"), "file_change", ["image_id"])


def downgrade() -> None:
    op.drop_table("file_change")
    # What moved files alone would be an action that does nothing.
    op.execute("DELETE FROM action WHERE id NOT IN (SELECT action_id FROM change)")
