"""People rate photographs, pick and reject them, and give them colours; the journal undoes that, too."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FORMER_SUBJECT = "(caption_id IS NULL) = (tag IS NOT NULL)"
SUBJECT = "(caption_id IS NOT NULL) + (tag IS NOT NULL) + (mark IS NOT NULL) = 1"
NAMES = "name IN ('rating', 'label', 'pick', 'favourite')"


def upgrade() -> None:
    op.create_table(
        "mark",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "name", name=op.f("pk_mark")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_mark_image_id_image"), ondelete="CASCADE"),
        sa.CheckConstraint(NAMES, name=op.f("ck_mark_name")),
    )
    with op.batch_alter_table("change") as batch:
        batch.drop_constraint(op.f("ck_change_one_subject"), type_="check")
        batch.add_column(sa.Column("mark", sa.String(), nullable=True))
        batch.create_check_constraint(op.f("ck_change_one_subject"), SUBJECT)


def downgrade() -> None:
    op.execute("DELETE FROM change WHERE mark IS NOT NULL")
    # What changed marks alone would be an action that does nothing.
    op.execute("DELETE FROM action WHERE id NOT IN (SELECT action_id FROM change)")
    with op.batch_alter_table("change") as batch:
        batch.drop_constraint(op.f("ck_change_one_subject"), type_="check")
        batch.drop_column("mark")
        batch.create_check_constraint(op.f("ck_change_one_subject"), FORMER_SUBJECT)
    op.drop_table("mark")
