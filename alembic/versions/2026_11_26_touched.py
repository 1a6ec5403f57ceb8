"""Whatever changes what is known of a photograph notes its number, so that caches read anew only what changed."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from index_data.catalogue.migration_steps import took_own

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The tables that tell of a photograph, each with the column that holds its number.
OWNERS = {
    "image": "id",
    "place": "image_id",
    "caption": "image_id",
    "tag": "image_id",
    "keyword": "image_id",
    "image_vector": "image_id",
}
NEXT = "(SELECT max(id) + 1 FROM touched)"
EVENTS = {"insert": ("new",), "delete": ("old",), "update": ("old", "new")}


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touched")),
        sa.UniqueConstraint("image_id", name=op.f("uq_touched_image_id")),
    )
    if took_own(op, "begin touched"):
        return
    # No image has the number 0: this row tells one history of the catalogue from another.
    op.execute("INSERT INTO touched (id, image_id) VALUES (1 + abs(random() % 1099511627776), 0)")
    for table, owner in OWNERS.items():
        for event, rows in EVENTS.items():
            # No UPSERT: inside of an INSERT OR IGNORE it would ignore.
            body = "".join(
                f"UPDATE touched SET id = {NEXT} WHERE image_id = {row}.{owner}; "
                f"INSERT INTO touched (id, image_id) SELECT {NEXT}, {row}.{owner} "
                f"WHERE NOT EXISTS (SELECT 1 FROM touched WHERE image_id = {row}.{owner}); "
                for row in rows
            )
            op.execute(f"CREATE TRIGGER {table}_touched_{event} AFTER {event.upper()} ON {table} BEGIN {body}END")


def downgrade() -> None:
    if not took_own(op, "end touched"):
        for table in OWNERS:
            for event in EVENTS:
                op.execute(f"DROP TRIGGER {table}_touched_{event}")
    op.drop_table("touched")
