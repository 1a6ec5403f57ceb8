"""People put photographs into albums, in an order of their own, and save searches under names; the journal undoes."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FORMER_SUBJECT = "(caption_id IS NOT NULL) + (tag IS NOT NULL) + (mark IS NOT NULL) = 1"
SUBJECT = "(caption_id IS NOT NULL) + (tag IS NOT NULL) + (mark IS NOT NULL) + (album IS NOT NULL) = 1"


def upgrade() -> None:
    op.create_table(
        "album",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album")),
        sa.UniqueConstraint("name", name=op.f("uq_album_name")),
    )
    op.create_table(
        "album_image",
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("album_id", "image_id", name=op.f("pk_album_image")),
        sa.ForeignKeyConstraint(
            ["album_id"], ["album.id"], name=op.f("fk_album_image_album_id_album"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_album_image_image_id_image"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_album_image_image_id"), "album_image", ["image_id"])
    with op.batch_alter_table("change") as batch:
        batch.drop_constraint(op.f("ck_change_one_subject"), type_="check")
        batch.add_column(sa.Column("album", sa.String(), nullable=True))
        batch.create_check_constraint(op.f("ck_change_one_subject"), SUBJECT)


def downgrade() -> None:
    op.execute("DELETE FROM change WHERE album IS NOT NULL")
    # What changed albums alone would be an action that does nothing.
    op.execute("DELETE FROM action WHERE id NOT IN (SELECT action_id FROM change)")
    with op.batch_alter_table("change") as batch:
        batch.drop_constraint(op.f("ck_change_one_subject"), type_="check")
        batch.drop_column("album")
        batch.create_check_constraint(op.f("ck_change_one_subject"), FORMER_SUBJECT)
    op.drop_table("album_image")
    op.drop_table("album")
