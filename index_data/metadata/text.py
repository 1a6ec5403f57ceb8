"""Makes text of bytes whose encoding is named, wrongly named, or not named at all."""

from __future__ import annotations

import codecs
import unicodedata

_MARKS = (
    # The longer first: the mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CODES = {
    b"ASCII": "",
    b"UNICODE": "utf-16",
    b"UTF-8": "",
    b"UTF8": "",
    b"JIS": "jis",
    b"": "",
}
"""What the first eight bytes of a comment name, without padding and in capitals; no code for bytes of any kind."""

_NO_LETTERS = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
"""Bytes to which Windows-1252 gives no letter."""

_JAPANESE = ("iso2022_jp_2", "shift_jis", "euc_jp")


def decode(raw: bytes, *, order: str = "<", legacy: list[bytes] | None = None) -> str:
    """Text of bytes of an unknown encoding: by its mark, else UTF-8, else Windows-1252, which has a letter for most.

    Args:
        raw: As it was found.
        order: Of the bytes around it, as `struct` writes it; tells which way UTF-16 runs where the text does not.
        legacy: Takes the bytes if they were read as Windows-1252.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    if _looks_wide(raw):
        return decode_wide(raw, order=order)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if legacy is not None:
            legacy.append(raw)
        return decode_windows(raw)


def is_undecodable(raw: bytes) -> bool:
    """Whether bytes that are not UTF-8 are no text in Windows-1252 either."""
    return any(byte in _NO_LETTERS for byte in raw)


def decode_windows(raw: bytes) -> str:
    """Text in Windows-1252; the five bytes to which it gives no letter become the control characters of Latin-1."""
    return "".join(
        raw[at : at + 1].decode("cp1252") if raw[at] not in _NO_LETTERS else chr(raw[at]) for at in range(len(raw))
    )


def decode_wide(raw: bytes, *, order: str = "<") -> str:
    """Text in UTF-16 of either byte order: as its mark says, else as makes more sense, else as around it."""
    for mark, encoding in _MARKS[3:]:
        if raw.startswith(mark):
            return raw[2 : 2 + (len(raw) - 2) // 2 * 2].decode(encoding, "replace")
    even = raw[: len(raw) // 2 * 2]
    ways = [even.decode(f"utf-16-{end}", "replace") for end in ("le", "be")]
    little, big = map(_sense, ways)
    if little == big:
        return ways[order == ">"]
    return ways[big > little]


def decode_comment(raw: bytes, *, order: str = "<", legacy: list[bytes] | None = None) -> str:
    """Text of EXIF's UserComment, whose first eight bytes name its encoding, if its writer knew that."""
    code = raw[:8].rstrip(b"\0 ").upper()
    if code not in _CODES or (len(code) == 8 and code.isalpha()):
        return _unpadded(decode(raw, order=order, legacy=legacy))
    encoding, text = _CODES[code], raw[8:]
    if encoding == "utf-16":
        # Some name it and write bytes.
        wide = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_wide(text)
        return _unpadded(decode_wide(text, order=order) if wide else decode(text, order=order))
    if encoding == "jis":
        return _unpadded(_japanese(text.rstrip(b"\0 ")))
    return _unpadded(decode(text, order=order, legacy=legacy))


def _unpadded(text: str) -> str:
    return text.partition("\0")[0].strip() or text.strip("\0 \r\n\t").partition("\0")[0].strip()


def _japanese(text: bytes) -> str:
    for encoding in _JAPANESE:
        try:
            return text.decode(encoding)
        except UnicodeDecodeError:
            continue
    return decode(text)


def _looks_wide(raw: bytes) -> bool:
    """Whether bytes that name no encoding are UTF-16 all the same: every other one is zero, up to the padding."""
    text = raw.rstrip(b"\0 ")
    if len(text) < 4:
        return False
    odd, even = text[1::2].count(0), text[::2].count(0)
    half = len(text) // 2
    return (odd >= half * 0.7 and even == 0) or (even >= half * 0.7 and odd == 0)


def _is_wide(raw: bytes) -> bool:
    """Whether bytes that are said to be UTF-16 are that, and not one byte a letter."""
    text = raw.rstrip(b"\0 ")
    if 0 in text or len(text) < 2:
        return True
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    # Chinese in UTF-16 may be UTF-8 by chance, but hardly letters and blanks alone.
    return not all(letter.isascii() and (letter.isprintable() or letter in "\r\n\t") for letter in decoded)


def _sense(text: str) -> float:
    """How far a text looks like one that somebody wrote: letters of few alphabets, no strange signs."""
    letters = [letter for letter in text if letter != "\0"]
    if not letters:
        return 0.0
    kinds = [unicodedata.category(letter)[0] for letter in letters]
    good = sum(kind in "LNPZS" for kind in kinds) - 2 * sum(kind == "C" for kind in kinds) - 2 * text.count("\ufffd")
    common = sum(letter in " .,!?'\"-\n\r\t\u3000\u3001\u3002" or letter.isascii() for letter in letters)
    return (good + 2 * common - 0.5 * len({ord(letter) >> 8 for letter in letters})) / len(letters)
