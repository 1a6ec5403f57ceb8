"""Functions on the server: texts as they are compared, paths as text, and the words of texts.

They say what `search_words` says of a text, so that the same is found as in SQLite.
"""

from __future__ import annotations

from index_data.catalogue import search_words

LETTERS = ("pg_c_utf8", "und-x-icu", "C.utf8")
"""Collations that know the letters of all scripts, the first that a server has is used."""

_PATH_TEXT = """
CREATE FUNCTION path_text(path bytea) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    read text := '';
    at int := 1;
    piece text;
BEGIN
    BEGIN
        RETURN convert_from(path, 'UTF8');
    EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
        NULL;
    END;
    -- Not every path is UTF-8: what is not becomes what Python makes of it.
    WHILE at <= length(path) LOOP
        piece := NULL;
        FOR size IN 1..least(4, length(path) - at + 1) LOOP
            BEGIN
                piece := convert_from(substring(path FROM at FOR size), 'UTF8');
                at := at + size;
                EXIT;
            EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
                NULL;
            END;
        END LOOP;
        IF piece IS NULL THEN
            at := at + 1;
        END IF;
        read := read || coalesce(piece, U&'\\FFFD');
    END LOOP;
    RETURN read;
END $$
"""

_PLAIN = """
CREATE FUNCTION plain(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql SET search_path FROM CURRENT
RETURN normalize(regexp_replace({letters}, {marks}, '', 'g'), NFC)
"""

_FOLDED = """
CREATE FUNCTION folded(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF octet_length(t) = length(t) THEN
        RETURN lower(t COLLATE "C");
    END IF;
    RETURN plain(translate(lower(plain(t) COLLATE "{collation}"), U&'\\03C2', U&'\\03C3'));
END $$
"""

_WORDS = """
CREATE FUNCTION word_vector(t text) RETURNS tsvector IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    RETURN to_tsvector('imgsearch', regexp_replace(folded(t) COLLATE "{collation}", '[^[:alnum:]]+', ' ', 'g'));
END $$
"""

_QUERY = """
CREATE FUNCTION words_query(phrases text) RETURNS tsquery IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    phrase text;
    said tsquery := ''::tsquery;
BEGIN
    FOREACH phrase IN ARRAY string_to_array(phrases, E'\\n') LOOP
        phrase := regexp_replace(folded(phrase) COLLATE "{collation}", '[^[:alnum:]]+', ' ', 'g');
        IF phrase <> '' AND phrase <> ' ' THEN
            said := said || phraseto_tsquery('imgsearch', phrase);
        END IF;
    END LOOP;
    RETURN said;
END $$
"""

_CONFIGURATION = (
    # The Porter stemmer without stop words, as FTS5 has it.
    "CREATE TEXT SEARCH DICTIONARY imgsearch_porter (TEMPLATE = snowball, LANGUAGE = porter)",
    "CREATE TEXT SEARCH CONFIGURATION imgsearch (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION imgsearch ALTER MAPPING FOR asciiword, word, numword WITH imgsearch_porter",
)


def creation(collation: str) -> tuple[str, ...]:
    """The statements that make all functions on a server whose letters a collation knows."""
    return (
        _PATH_TEXT,
        _PLAIN.format(letters=_plain_letters("normalize(t, NFKD)"), marks=_quoted(search_words.MARKS.pattern)),
        _FOLDED.format(collation=collation),
        *_CONFIGURATION,
        _WORDS.format(collation=collation),
        _QUERY.format(collation=collation),
    )


REMOVAL = (
    "DROP FUNCTION words_query(text)",
    "DROP FUNCTION word_vector(text)",
    "DROP TEXT SEARCH CONFIGURATION imgsearch",
    "DROP TEXT SEARCH DICTIONARY imgsearch_porter",
    "DROP FUNCTION folded(text)",
    "DROP FUNCTION plain(text)",
    "DROP FUNCTION path_text(bytea)",
)


def _plain_letters(text: str) -> str:
    """A text with the letters replaced that Unicode does not take for others with a mark."""
    single = {chr(code): letters for code, letters in search_words.PLAIN.items() if len(letters) == 1}
    for code, letters in search_words.PLAIN.items():
        if len(letters) > 1:
            text = f"replace({text}, {_quoted(chr(code))}, {_quoted(letters)})"
    return f"translate({text}, {_quoted(''.join(single))}, {_quoted(''.join(single.values()))})"


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
