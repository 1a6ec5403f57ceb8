"""Why a caption should be reviewed, in words."""

from __future__ import annotations

from index_data.annotation.queue import QueueItem

_SIGNS = ("unsure of its words", "far from the picture", "unlike its neighbours")


def explain_uncertainty(item: QueueItem) -> list[str]:
    """Says why a photograph should be reviewed, the strongest reason first."""
    caption, uncertainty = item.caption, item.uncertainty
    if caption is None:
        return ["no caption: the last one was rejected"]
    if caption.author == "person":
        return ["your words"]
    if caption.state == "accepted":
        return ["accepted by you"]
    if uncertainty is None:
        return [f"proposed by {(caption.model or 'a model').partition('@')[0]}"]
    values = (uncertainty.confidence, uncertainty.similarity, uncertainty.neighbour_agreement)
    signs = zip(uncertainty.shares, values, _SIGNS, strict=True)
    scored = [(share, value, sign) for share, value, sign in signs if share is not None and value is not None]
    reasons = [
        f"{sign} · {value:.2f}, worse than {share:.0%}"
        for share, value, sign in sorted(scored, reverse=True)
        if share > 0.5
    ]
    return reasons or ["nothing speaks against it"]
