"""Where photographs were taken can be kept, for those who ask for it."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ONLY_ADDS = True


def upgrade() -> None:
    op.create_table(
        "position",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_position_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_position_longitude")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_position_image_id_image"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_position")),
    )


def downgrade() -> None:
    op.drop_table("position")
