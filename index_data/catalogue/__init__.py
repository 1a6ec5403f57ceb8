"""The catalogue in its database: functions of a session that take and give frozen records, never rows.

Here, and nowhere else, stands SQL. Whoever wants something of a catalogue opens ``Library.transaction()``, and calls
these functions with the session that it gives; ``Library.read(function, ...)`` does so for a single one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from index_data.catalogue.album_rows import (
        add_album,
        album_named,
        albums,
        albums_of,
        positions_in,
        remove_album,
        rename_album,
        set_saved_query,
    )
    from index_data.catalogue.answering import answering_models
    from index_data.catalogue.caption_facts import captions_of, embedded_captions, judged_captions, reviewed_images
    from index_data.catalogue.caption_rows import add_captions, captions, confirmed_captions
    from index_data.catalogue.counters import advance_vector_generation, vector_generation
    from index_data.catalogue.counts import (
        count_captions,
        count_images,
        count_models,
        count_problems,
        count_undated,
        frequent_keywords,
        last_scan,
    )
    from index_data.catalogue.embeddings import captions_without_vector, put_caption_vectors, unembedded_captions
    from index_data.catalogue.file_change_rows import (
        begin_file_action,
        end_file_action,
        file_changes,
        forget_file_change,
        move_place,
        note_file_change,
        put_place_back,
    )
    from index_data.catalogue.filters import images_newest_first, matching_images
    from index_data.catalogue.folder_rows import folders, put_folder, remove_folders
    from index_data.catalogue.fragments import chunks
    from index_data.catalogue.full_text import captions_saying, said_words
    from index_data.catalogue.image_details import details, seen_images, seen_videos
    from index_data.catalogue.image_records import contents, dates_of, images, images_by_date, marks_of
    from index_data.catalogue.image_rows import (
        add_images,
        content_sizes,
        describe_images,
        forget_images,
        images_of_content,
        images_without_place,
        known_contents,
        perceptual_hashes,
    )
    from index_data.catalogue.image_words import tags_of, words_of
    from index_data.catalogue.journal import (
        former_albums,
        former_tags,
        history,
        judged_marks,
        latest_action,
        record_action,
        redo_action,
        removed_albums,
        removed_tags,
        undo_action,
    )
    from index_data.catalogue.models import model_row, retire_models
    from index_data.catalogue.named_images import images_named
    from index_data.catalogue.path_order import all_by_path
    from index_data.catalogue.photograph_facts import shown_among, shown_images
    from index_data.catalogue.places import (
        all_places,
        image_of_file,
        images_at,
        images_by_path,
        images_with_copies,
        known_places,
        places_of,
        places_of_images,
        put_place,
        put_places,
        remove_places,
    )
    from index_data.catalogue.positions import (
        add_positions,
        forget_positions,
        images_with_position,
        positions_of,
    )
    from index_data.catalogue.problem_rows import (
        known_problems,
        problems,
        put_problem,
        remove_problems,
    )
    from index_data.catalogue.scans import finish_scan, start_scan
    from index_data.catalogue.tag_proposals import (
        count_proposed_tags,
        forget_learnt_tags,
        learnt_tags,
        proposed_tags,
        proposed_tags_of,
        put_learnt_tag,
        refused_images,
        tag_states,
        tagged_images,
    )
    from index_data.catalogue.tags import known_tags
    from index_data.catalogue.timeline import months
    from index_data.catalogue.touched import latest_change, touched_since
    from index_data.catalogue.vectors import (
        VECTORS_OF,
        CaptionVectors,
        ImageVectors,
        image_vector,
        newest_vectors,
    )
    from index_data.catalogue.video_facts import films_without_moments, moments_among, moments_of, videos_among
    from index_data.catalogue.video_rows import add_video, kept_moments, put_moments

__all__ = [
    "VECTORS_OF",
    "CaptionVectors",
    "ImageVectors",
    "Session",
    "add_album",
    "add_captions",
    "add_images",
    "add_positions",
    "add_video",
    "advance_vector_generation",
    "album_named",
    "albums",
    "albums_of",
    "all_by_path",
    "all_places",
    "answering_models",
    "begin_file_action",
    "captions",
    "captions_of",
    "captions_saying",
    "captions_without_vector",
    "chunks",
    "confirmed_captions",
    "content_sizes",
    "contents",
    "count_captions",
    "count_images",
    "count_models",
    "count_problems",
    "count_proposed_tags",
    "count_undated",
    "dates_of",
    "describe_images",
    "details",
    "embedded_captions",
    "end_file_action",
    "file_changes",
    "films_without_moments",
    "finish_scan",
    "folders",
    "forget_file_change",
    "forget_images",
    "forget_learnt_tags",
    "forget_positions",
    "former_albums",
    "former_tags",
    "frequent_keywords",
    "history",
    "image_of_file",
    "image_vector",
    "images",
    "images_at",
    "images_by_date",
    "images_by_path",
    "images_named",
    "images_newest_first",
    "images_of_content",
    "images_with_copies",
    "images_with_position",
    "images_without_place",
    "judged_captions",
    "judged_marks",
    "kept_moments",
    "known_contents",
    "known_places",
    "known_problems",
    "known_tags",
    "last_scan",
    "latest_action",
    "latest_change",
    "learnt_tags",
    "marks_of",
    "matching_images",
    "model_row",
    "moments_among",
    "moments_of",
    "months",
    "move_place",
    "newest_vectors",
    "note_file_change",
    "perceptual_hashes",
    "places_of",
    "places_of_images",
    "positions_in",
    "positions_of",
    "problems",
    "proposed_tags",
    "proposed_tags_of",
    "put_caption_vectors",
    "put_folder",
    "put_learnt_tag",
    "put_moments",
    "put_place",
    "put_place_back",
    "put_places",
    "put_problem",
    "record_action",
    "redo_action",
    "refused_images",
    "remove_album",
    "remove_folders",
    "remove_places",
    "remove_problems",
    "removed_albums",
    "removed_tags",
    "rename_album",
    "retire_models",
    "reviewed_images",
    "said_words",
    "seen_images",
    "seen_videos",
    "set_saved_query",
    "shown_among",
    "shown_images",
    "start_scan",
    "tag_states",
    "tagged_images",
    "tags_of",
    "touched_since",
    "undo_action",
    "unembedded_captions",
    "vector_generation",
    "videos_among",
    "words_of",
]

_WITHOUT_SQLALCHEMY: Final = (
    "answering",
    "caption_facts",
    "counters",
    "counts",
    "image_records",
    "image_words",
    "path_order",
    "photograph_facts",
    "tag_proposals",
    "touched",
    "vectors",
    "video_facts",
)
"""The modules that hold what every question asks."""

_WITH_SQLALCHEMY: Final = (
    "album_rows",
    "caption_rows",
    "embeddings",
    "file_change_rows",
    "filters",
    "folder_rows",
    "fragments",
    "full_text",
    "image_details",
    "image_rows",
    "journal",
    "models",
    "named_images",
    "places",
    "positions",
    "problem_rows",
    "scans",
    "tags",
    "timeline",
    "video_rows",
)

if not TYPE_CHECKING:  # else every name would be one of this module

    def __getattr__(name: str) -> Any:
        """Loads what is asked for: SQLAlchemy takes longer to load than a question to answer."""
        if name == "Session":
            from sqlalchemy.orm import Session

            return Session
        if name in __all__:
            for module in (*_WITHOUT_SQLALCHEMY, *_WITH_SQLALCHEMY):
                room = import_module(f"{__name__}.{module}")
                if hasattr(room, name):
                    globals()[name] = getattr(room, name)
                    return globals()[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
