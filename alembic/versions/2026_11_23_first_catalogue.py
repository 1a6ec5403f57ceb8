"""The first catalogue: images, places, captions, keywords, vectors, problems and scans."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.UniqueConstraint("key", name="uq_model_key"),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("camera", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
        sa.UniqueConstraint("content_hash", name="uq_image_content_hash"),
    )
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("new", "changed", "unchanged", "moved", "duplicate", "removed", "set_aside")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_place_image_id_image", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name="fk_place_scan_id_scan"),
        sa.UniqueConstraint("path", name="uq_place_path"),
    )
    op.create_index("ix_place_image_id", "place", ["image_id"])
    op.create_table(
        "problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_problem"),
        sa.UniqueConstraint("path", name="uq_problem_path"),
    )
    op.create_table(
        "caption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_caption"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_caption_image_id_image", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_caption_model_id_model"),
        sa.CheckConstraint("author IN ('model', 'person')", name=op.f("ck_caption_author")),
        sa.CheckConstraint("state IN ('proposed', 'accepted', 'rejected')", name=op.f("ck_caption_state")),
        sa.CheckConstraint("(author = 'model') = (model_id IS NOT NULL)", name=op.f("ck_caption_model_known")),
    )
    op.create_index("ix_caption_image_id", "caption", ["image_id"])
    op.create_table(
        "keyword",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "model_id", "word", name="pk_keyword"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_keyword_image_id_image", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_keyword_model_id_model"),
    )
    for owner in ("image", "caption"):
        table, key = f"{owner}_vector", f"{owner}_id"
        op.create_table(
            table,
            sa.Column(key, sa.Integer(), nullable=False),
            sa.Column("model_id", sa.Integer(), nullable=False),
            sa.Column("vector", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint(key, "model_id", name=f"pk_{table}"),
            sa.ForeignKeyConstraint([key], [f"{owner}.id"], name=f"fk_{table}_{key}_{owner}", ondelete="CASCADE"),
            sa.ForeignKeyConstraint(["model_id"], ["model.id"], name=f"fk_{table}_model_id_model"),
        )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )


def downgrade() -> None:
    op.drop_table("counter")
    op.drop_table("caption_vector")
    op.drop_table("image_vector")
    op.drop_table("keyword")
    op.drop_index("ix_caption_image_id", "caption")
    op.drop_table("caption")
    op.drop_table("problem")
    op.drop_index("ix_place_image_id", "place")
    op.drop_table("place")
    op.drop_table("scan")
    op.drop_table("image")
    op.drop_table("model")
