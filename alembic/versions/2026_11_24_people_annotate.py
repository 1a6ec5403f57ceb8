"""People annotate: captions are edited and withdrawn, images have tags, and a journal undoes and redoes."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FORMER_STATES = "state IN ('proposed', 'accepted', 'rejected')"
STATES = "state IN ('proposed', 'accepted', 'rejected', 'edited', 'withdrawn')"


def upgrade() -> None:
    with op.batch_alter_table("caption") as batch:
        batch.drop_constraint(op.f("ck_caption_state"), type_="check")
        batch.create_check_constraint(op.f("ck_caption_state"), STATES)
        batch.add_column(sa.Column("origin_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_caption_origin_id_caption", "caption", ["origin_id"], ["id"], ondelete="SET NULL")
    op.create_table(
        "tag",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tagged_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "name", name="pk_tag"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_tag_image_id_image", ondelete="CASCADE"),
    )
    op.create_index("ix_tag_name", "tag", ["name"])
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_action"),
        sa.CheckConstraint("state IN ('done', 'undone', 'dropped')", name=op.f("ck_action_state")),
    )
    op.create_index("ix_action_state", "action", ["state"])
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("caption_id", sa.Integer(), nullable=True),
        sa.Column("tag", sa.String(), nullable=True),
        sa.Column("was", sa.String(), nullable=False),
        sa.Column("became", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        *(
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owner}.id"], name=f"fk_change_{owner}_id_{owner}", ondelete="CASCADE"
            )
            for owner in ("action", "image", "caption")
        ),
        sa.CheckConstraint("(caption_id IS NULL) = (tag IS NOT NULL)", name=op.f("ck_change_one_subject")),
    )
    for owner in ("action", "image", "caption"):
        op.create_index(f"ix_change_{owner}_id", "change", [f"{owner}_id"])


def downgrade() -> None:
    for owner in ("action", "image", "caption"):
        op.drop_index(f"ix_change_{owner}_id", "change")
    op.drop_table("change")
    op.drop_index("ix_action_state", "action")
    op.drop_table("action")
    op.drop_index("ix_tag_name", "tag")
    op.drop_table("tag")
    # Neither is shown or found, and of the former states that is true of rejected alone.
    op.execute("UPDATE caption SET state = 'rejected' WHERE state IN ('edited', 'withdrawn')")
    with op.batch_alter_table("caption") as batch:
        batch.drop_constraint("fk_caption_origin_id_caption", type_="foreignkey")
        batch.drop_column("origin_id")
        batch.drop_constraint(op.f("ck_caption_state"), type_="check")
        batch.create_check_constraint(op.f("ck_caption_state"), FORMER_STATES)
