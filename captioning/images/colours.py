"""Colours as a screen shows them: RGB over white, by the profile that a picture carries."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

MOST_PROFILE = 4 * 2**20
"""Bytes of a colour profile that is applied."""

_HARDLY_SEEN = 4
"""Steps of 255 by which a profile may change colours and still be left out."""


def flatten(image: Image.Image) -> Image.Image:
    """Gives RGB over white, whatever the mode: palettes, alpha, 16-bit greys, CMYK, by the colour profile if any."""
    profile = image.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) and len(profile) <= MOST_PROFILE else b""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_numbers(image).convert("RGB")
    if image.mode == "LAB":
        profile = b""
        image = _converted(image, _from_lab()) or Image.merge("RGB", [image.getchannel(0)] * 3)
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        colours = profiled(picture.convert("RGB"), profile).convert("RGBA")
        colours.putalpha(picture.getchannel("A"))
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), colours).convert("RGB")
    if image.mode == "P":
        image = image.convert("RGB")
    image = profiled(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def profiled(image: Image.Image, profile: bytes) -> Image.Image:
    """The image in the screen's colours; itself where the profile changes hardly a thing."""
    transform = _to_screen(profile, image.mode) if profile and image.mode in ("RGB", "L", "CMYK") else None
    return (_converted(image, transform) if transform else None) or image


def _converted(image: Image.Image, transform: ImageCms.ImageCmsTransform | None) -> Image.Image | None:
    try:
        return ImageCms.applyTransform(image, transform) if transform else None
    except (ImageCms.PyCMSError, ValueError, OSError):
        return None


@lru_cache(maxsize=32)
def _to_screen(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """What brings colours of a profile to the screen's, or nothing where that makes no difference."""
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):  # damaged, or of other colours than the picture's
        return None
    if mode == "CMYK":
        return transform
    probe = _probe().convert(mode)
    changed = np.asarray(ImageCms.applyTransform(probe, transform), np.int16)
    return transform if np.abs(changed - np.asarray(probe.convert("RGB"), np.int16)).max() > _HARDLY_SEEN else None


@lru_cache(maxsize=1)
def _from_lab() -> ImageCms.ImageCmsTransform | None:
    try:
        return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    except ImageCms.PyCMSError:
        return None


def _probe() -> Image.Image:
    """Colours of all kinds, four steps of each of the three."""
    steps = np.array([0, 85, 170, 255], np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(8, 8, 3)
    return Image.fromarray(cube)


def _from_numbers(image: Image.Image) -> Image.Image:
    values: NDArray[np.float32] = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0)
    # The header does not say what white is; the brightest value tells.
    brightest = values.max(initial=0)
    low, high = (1.0, 255.0) if image.mode == "F" else (255.0, 65535.0)
    peak = low if brightest <= low else high
    return Image.fromarray(np.clip(values * (255.0 / peak), 0, 255).astype(np.uint8))
