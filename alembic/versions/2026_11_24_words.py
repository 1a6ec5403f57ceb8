"""Captions, tags and paths are found by their words, and each tag of an image has a number."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from index_data.catalogue.migration_steps import took_own

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TOKENIZER = "porter unicode61 remove_diacritics 2"

# Each table of words: where its rows come from, the column, and how the column is read as text. Paths are bytes, so
# that a view reads them. The tables keep no text of their own; triggers keep them true.
WORDS = {
    "caption_words": ("caption", "caption", "text", "{row}.text"),
    "tag_words": ("tag", "tag", "name", "{row}.name"),
    "place_words": ("place", "place_text", "path", "CAST({row}.path AS TEXT)"),
}


def upgrade() -> None:
    if took_own(op, "make words"):
        return
    _move_tags(
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("image_id", "name", name="uq_tag_image_id_name"),
    )
    op.create_index("ix_caption_author_state", "caption", ["author", "state"])
    op.execute("CREATE VIEW place_text AS SELECT id, CAST(path AS TEXT) AS path FROM place")
    for words, (table, source, column, text) in WORDS.items():
        op.execute(
            f"CREATE VIRTUAL TABLE {words} USING fts5({column}, content='{source}', content_rowid='id', "
            f"tokenize='{TOKENIZER}')"
        )
        old, new = text.format(row="old"), text.format(row="new")
        add = f"INSERT INTO {words} (rowid, {column}) VALUES (new.id, {new});"
        take = f"INSERT INTO {words} ({words}, rowid, {column}) VALUES ('delete', old.id, {old});"
        for event, body in (
            ("INSERT", add),
            ("DELETE", take),
            (f"UPDATE OF id, {column}", take + add),
        ):
            name = f"{words}_{event.split()[0].lower()}"
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {body} END")
        op.execute(f"INSERT INTO {words} ({words}) VALUES ('rebuild')")


def downgrade() -> None:
    if took_own(op, "remove words"):
        return
    for words in WORDS:
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER {words}_{event}")
        op.execute(f"DROP TABLE {words}")
    op.execute("DROP VIEW place_text")
    op.drop_index("ix_caption_author_state", "caption")
    _move_tags(sa.PrimaryKeyConstraint("image_id", "name", name="pk_tag"))


def _move_tags(*own: sa.Column[int] | sa.Constraint) -> None:
    """Makes the table of tags anew with these columns and constraints beside those that stay."""
    op.drop_index("ix_tag_name", "tag")
    op.rename_table("tag", "former_tag")
    op.create_table(
        "tag",
        *own,
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tagged_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_tag_image_id_image", ondelete="CASCADE"),
    )
    op.execute(
        "INSERT INTO tag (image_id, name, tagged_at) "
        "SELECT image_id, name, tagged_at FROM former_tag ORDER BY image_id, name"
    )
    op.drop_table("former_tag")
    op.create_index("ix_tag_name", "tag", ["name"])
