"""The looks of the app: dark, light, and both with the highest contrast; Textual's own stay at hand."""

from __future__ import annotations

from textual.theme import Theme

MUTED = "$foreground 65%"
"""What matters less, inside a text."""

DARK, LIGHT = "imgsearch-dark", "imgsearch-light"
CONTRAST_DARK, CONTRAST_LIGHT = "high-contrast-dark", "high-contrast-light"

THEMES = (
    Theme(
        name=DARK,
        primary="#e0a458",
        secondary="#7aa5c9",
        accent="#f2c078",
        warning="#e8c26e",
        error="#e06c75",
        success="#8fbf7f",
        foreground="#dedcd7",
        background="#16171a",
        surface="#1c1e22",
        panel="#26292f",
        dark=True,
        variables={"footer-key-foreground": "#e0a458", "block-cursor-text-style": "none"},
    ),
    Theme(
        name=LIGHT,
        primary="#9a5b13",
        secondary="#2f6690",
        accent="#b36a15",
        warning="#8a6100",
        error="#b3261e",
        success="#3b7a2f",
        foreground="#26241f",
        background="#faf8f4",
        surface="#f3efe8",
        panel="#e7e1d6",
        dark=False,
        variables={"footer-key-foreground": "#9a5b13", "block-cursor-text-style": "none"},
    ),
    Theme(
        name=CONTRAST_DARK,
        primary="#ffd700",
        secondary="#00e5ff",
        accent="#ffd700",
        warning="#ffd700",
        error="#ff5c5c",
        success="#4dff4d",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1f1f1f",
        dark=True,
        text_alpha=1.0,
        variables={"footer-key-foreground": "#ffd700", "border": "#ffd700", "border-blurred": "#ffffff"},
    ),
    Theme(
        name=CONTRAST_LIGHT,
        primary="#00239c",
        secondary="#5c0099",
        accent="#00239c",
        warning="#7a4a00",
        error="#a80000",
        success="#005a00",
        foreground="#000000",
        background="#ffffff",
        surface="#ffffff",
        panel="#e3e3e3",
        dark=False,
        text_alpha=1.0,
        variables={"footer-key-foreground": "#00239c", "border": "#00239c", "border-blurred": "#000000"},
    ),
)
