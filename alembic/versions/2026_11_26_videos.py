"""Films are indexed by their moments, each of which is found, described and annotated as a photograph is."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from index_data.catalogue.migration_steps import took_own

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SIGHTING = (
    "CREATE VIEW sighting AS SELECT id, image_id, path, byte_size, mtime_ns FROM place"
    " WHERE image_id NOT IN (SELECT image_id FROM video)"
    " UNION ALL SELECT place.id, moment.image_id, place.path, place.byte_size, place.mtime_ns"
    " FROM moment JOIN place ON place.image_id = moment.video_id"
)
TABLES = ("video", "moment")
NEXT = "(SELECT max(id) + 1 FROM touched)"
EVENTS = {"insert": ("new",), "delete": ("old",), "update": ("old", "new")}
# What hangs on an image; foreign keys are off while migrations run.
CHILDREN = (
    *("place", "caption", "tag", "mark", "album_image", "change", "file_change", "keyword", "image_vector"),
    *("position", "moment", "video"),
)


def upgrade() -> None:
    op.create_table(
        "video",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_video")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_video_image_id_image"), ondelete="CASCADE"),
        sa.CheckConstraint("duration >= 0", name=op.f("ck_video_duration")),
    )
    op.create_table(
        "moment",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.Float(), nullable=False),
        sa.Column("end_time", sa.Float(), nullable=False),
        sa.Column("frame_time", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_moment")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_moment_image_id_image"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["video_id"], ["video.image_id"], name=op.f("fk_moment_video_id_video"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "0 <= start_time AND start_time <= frame_time AND frame_time <= end_time", name=op.f("ck_moment_in_order")
        ),
    )
    op.create_index(op.f("ix_moment_video_id"), "moment", ["video_id"])
    op.execute(SIGHTING)
    if took_own(op, "note touched films"):
        return
    for table in TABLES:
        for event, rows in EVENTS.items():
            body = "".join(
                f"UPDATE touched SET id = {NEXT} WHERE image_id = {row}.image_id; "
                f"INSERT INTO touched (id, image_id) SELECT {NEXT}, {row}.image_id "
                f"WHERE NOT EXISTS (SELECT 1 FROM touched WHERE image_id = {row}.image_id); "
                for row in rows
            )
            op.execute(f"CREATE TRIGGER {table}_touched_{event} AFTER {event.upper()} ON {table} BEGIN {body}END")


def downgrade() -> None:
    # Without their tables, films and moments would be photographs.
    op.execute("CREATE TEMP TABLE filmed AS SELECT image_id AS id FROM video UNION SELECT image_id FROM moment")
    op.execute(
        "DELETE FROM caption_vector WHERE caption_id IN"
        " (SELECT id FROM caption WHERE image_id IN (SELECT id FROM filmed))"
    )
    for table in CHILDREN:
        op.execute(f"DELETE FROM {table} WHERE image_id IN (SELECT id FROM filmed)")
    op.execute("DELETE FROM image WHERE id IN (SELECT id FROM filmed)")
    op.execute("DROP TABLE filmed")
    op.execute(
        "DELETE FROM action WHERE id NOT IN (SELECT action_id FROM change UNION SELECT action_id FROM file_change)"
    )
    op.execute("DROP VIEW sighting")
    op.drop_table("moment")
    op.drop_table("video")
