"""The library learns tags from examples, and proposes them where they are likely; people judge what it proposes."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ONLY_ADDS = True


def upgrade() -> None:
    op.create_table(
        "learnt_tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("learnt_at", sa.DateTime(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("quality", sa.Float(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnt_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_learnt_tag_name")),
        sa.CheckConstraint("quality >= 0 AND quality <= 1", name=op.f("ck_learnt_tag_quality")),
    )
    op.create_table(
        "proposed_tag",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("learnt_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("image_id", "name", name=op.f("pk_proposed_tag")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_proposed_tag_image_id_image"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["learnt_id"],
            ["learnt_tag.id"],
            name=op.f("fk_proposed_tag_learnt_id_learnt_tag"),
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("probability >= 0 AND probability <= 1", name=op.f("ck_proposed_tag_probability")),
        sa.CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name=op.f("ck_proposed_tag_state")),
    )
    op.create_index(op.f("ix_proposed_tag_name_state"), "proposed_tag", ["name", "state"])
    op.create_index(op.f("ix_proposed_tag_learnt_id"), "proposed_tag", ["learnt_id"])


def downgrade() -> None:
    # Earlier versions know of a tag only whether it is there.
    op.execute("DELETE FROM change WHERE tag IS NOT NULL AND was <> 'present' AND became <> 'present'")
    for column in ("was", "became"):
        op.execute(f"UPDATE change SET {column} = 'absent' WHERE tag IS NOT NULL AND {column} <> 'present'")
    op.execute(
        "DELETE FROM action WHERE id NOT IN (SELECT action_id FROM change UNION SELECT action_id FROM file_change)"
    )
    op.drop_table("proposed_tag")
    op.drop_table("learnt_tag")
