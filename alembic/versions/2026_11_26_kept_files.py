"""A catalogue on a server also keeps the files of models; beside a file of SQLite they lie in the library's folder."""

from __future__ import annotations

from alembic import op
from index_data.catalogue.migration_steps import took_own

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ONLY_ADDS = True


def upgrade() -> None:
    took_own(op, "make kept files")


def downgrade() -> None:
    took_own(op, "remove kept files")
