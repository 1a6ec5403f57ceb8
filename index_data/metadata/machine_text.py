"""Knows what cameras, scanners and programs write by themselves where a person's words belong."""

from __future__ import annotations

import json
import re
import unicodedata

from captioning.images import IMAGE_SUFFIXES, RAW_SUFFIXES

_EXACTLY = frozenset(
    {
        # Makers' defaults
        *(
            "camera",
            "cameraphone",
            "camera phone",
            "default",
            "dcim",
            "samsung",
            "sony dsc",
            "minolta dsc",
            "epson dsc",
        ),
        *("my beautiful picture", "samsung camera pictures", "exif_jpeg_picture", "exif_jpeg", "exif jpeg", "jpeg"),
        *("exif-jpeg", "image", "photo", "picture", "digital photo", "digital image", "digital stillcamera", "dsc"),
        *(
            "digital still camera",
            "digital camera",
            "still image",
            "epson dsc picture",
            "epson scanner image",
            "scanner",
        ),
        *("scanned image", "scanned document", "scan", "iclarified", "dvc 10.1 hdmi", "kodak dx", "hp photosmart"),
        *("screenshot", "screen shot", "selfie", "panorama", "hdr", "facebook", "instagram", "whatsapp", "snapchat"),
        # Names of fields, and what stands in empty ones
        *(
            "untitled",
            "no title",
            "title",
            "description",
            "imagedescription",
            "image description",
            "caption",
            "comment",
        ),
        *("comments", "user comment", "user comments", "usercomment", "unknown", "none", "<none>", "null", "(null)"),
        *("nil", "undefined", "n/a", "na", "empty", "false", "true", "ascii", "unicode", "jis", "binary comment"),
        *("x-default", "applemark", "charset=ascii", "charset=ascii binary comment", "metadata-start", "qrf", "frem"),
    }
)

_BEGINNINGS = (
    *("charset=", "creator: ", "file written by adobe", "file source: ", "lead technologies", "intel(r) jpeg", "lavc"),
    *("u-lead systems", "ulead systems", "handmade software", "lavf", "xv version", "compressed by "),
    "compressed with ",
    *("mozjpeg", "optimized by ", "optimized with ", "encoded by ", "encoded with ", "jpeg encoder", "software: "),
    *("paint.net", "picasa", "gd-jpeg", "imagemagick", "photoshop 3.0", "*** ", "<?xpacket", "<?xml", "<x:xmpmeta"),
    *("<svg", "ver:", "version:", "oplus_", "oppo_", "vivo_", "module: ", "captureorientation", "fbmd", "screenshot_"),
    *("arc-core", "jpeg created", "processed by ebay"),
)

_PROGRAMS = re.compile(
    r"(?:created|made|processed|edited|resized|converted|generated|written|produced|taken|shot)\s+(?:with|by|using|in|on)\s+"
    r"(?:the\s+)?(?:gimp|vsco|moldiv|adobe|photoshop|lightroom|snapseed|picsart|imagemagick|imlib|acdsee|irfanview|paint|"
    r"xnview|darktable|capture one|corel|pixlr|canva|photoscape|inkscape|blender|krita|ezgif|ffmpeg|gd|ijg|meitu|"
    r"polarr|fotor|picmonkey|aperture|iphoto|ebay|oneplus|redmi|xiaomi|poco|vivo|oppo|realme|honor|huawei|snapdragon)\b.*"
)

_PHONES_CODES = re.compile(
    r"(?:cof|dav|sdr|sdo|edf|mde|nor|oznor|ozedf|ozfb|znor|hdrpl|rhdr|hdr|fbt|btfmdn|btf|btr|rbt|rpt|ptr|ptf|fshbty|bty|wdr|"
    r"bsh|mptfb|mptf|mon|dig|nbt|burst|plc|nfh|frontbhdp|vsb|mkr)+(?:[_-]?(?:soft|HDRB|HDR|COMR|CO|WO|MKR|M|B))?"
)
"""How Huawei's phones and their kin say what they did to a picture, one abbreviation after the other."""

_MAKERS_CAMERA = re.compile(
    r"(?:[A-Z0-9][\w.&-]*\s+){0,3}(?:DIGITAL|Digital)\s+(?:(?:STILL|Still)\s*)?(?:CAMERA|Camera)|(?:[A-Z][\w.&-]*\s+){1,2}DSC"
)
_MODELS_OF = re.compile(r"<.{3,80}>")
_PICTURE_ENDING = "|".join(sorted(ending[1:] for ending in IMAGE_SUFFIXES | RAW_SUFFIXES))
_FILE_NAME = re.compile(rf"(?:[A-Za-z]:)?[^\n]*[\\/][^\n]*\.(?:{_PICTURE_ENDING})|[^\s]*\.(?:{_PICTURE_ENDING})", re.I)
_NUMBERED = re.compile(
    r"(?:img|image|dsc[fn]?|_dsc|dscn|sam|cimg|pict?|p|pxl|mvimg|vid|dji|gopr|gp?|g|imag|wp|hpim|kif|sdc|scan|photo|foto|"
    r"bild|imgp|_mg|cam|frame|burst|screenshot|capture|untitled|mmexport|fb_img|received|whatsapp image|picture)"
    r"[-_ ]?\(?\d[\d_\- .:~()at]*(?:pm|am|hdr|burst\d*|cover|edit|copy|wa\d+)?",
    re.I,
)
_FIELDS = re.compile(r"(?:^|[;,\n])\s*[\w-]{2,30}\s*[:=]\s*[^;,\n]{0,60}(?=[;,\n]|$)")
_FEWEST_FIELDS = 3
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{33,}|(?:0x)?[0-9a-fA-F]{16,}|[\d\s.,:;/_-]+|\W+")


def is_machine_made(text: str, *, camera: str = "") -> bool:
    """Whether no person wrote a text.

    Args:
        text: As it stands in a file, without padding.
        camera: The name of the camera, which is no description of what it saw.
    """
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r" for letter in text):
        return True
    folded = " ".join(text.split()).casefold()
    if not folded or is_makers_default(text) or folded.startswith(_BEGINNINGS) or _is_name_of(camera, folded):
        return True
    if any(pattern.fullmatch(folded) for pattern in (_PROGRAMS, _MODELS_OF, _NUMBERED, _FILE_NAME, _BLOB)):
        return True
    return len(_FIELDS.findall(text)) >= _FEWEST_FIELDS or _is_record(text)


def is_makers_default(text: str) -> bool:
    """Whether a camera or a program puts a text into every file, so that other programs may have copied it."""
    # As it is spelt: people begin names with a capital letter, and makers write theirs so.
    spelt = " ".join(text.split())
    known = (pattern.fullmatch(spelt) for pattern in (_PHONES_CODES, _MAKERS_CAMERA))
    return spelt.casefold() in _EXACTLY or any(known)


def _is_name_of(camera: str, said: str) -> bool:
    """Whether a text is the camera's name or a part of it that no word for a thing could be."""
    return len(said) > 3 and said in camera.casefold() and any(letter.isdigit() or letter == " " for letter in said)


def _is_record(text: str) -> bool:
    """Whether a text is JSON of more than words."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text[: 1 << 16]), (dict, list))
    except (ValueError, RecursionError):
        return text.lstrip().startswith('{"')
