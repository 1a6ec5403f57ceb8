"""The process in which Ray runs: it answers, one after the other, what `index_data.cluster.connection` asks."""

from __future__ import annotations

import json
import logging
import os
import pickle
import sys
import traceback

import ray
from ray.experimental.internal_kv import _internal_kv_get

from captioning.errors import CaptioningError
from index_data.cluster.node_worker import MakeOpener
from index_data.cluster.ray_pool import RayPool
from index_data.errors import ClusterError


def connect(address: str, opener: MakeOpener, *, model: str, device: str, remarks: list[str]) -> RayPool:
    """Connects this process to a cluster.

    Raises:
        ClusterError: That cannot be, or the cluster tells its makers how it is used.
    """
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, namespace="imgsearch")
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        reason = " ".join(str(error).strip().partition("\n\n")[0].split()).rstrip(".")
        if address == "auto" and isinstance(error, ConnectionError):
            reason = "none runs on this machine; docs/scaling.md tells how one is started"
        raise ClusterError(f"the Ray cluster {address} cannot be used: {reason}") from error
    facts = json.loads(_internal_kv_get(b"CLUSTER_METADATA", namespace=b"cluster") or b"{}")
    # Ray keeps this only where it reports.
    if "os" in facts:
        raise ClusterError(
            f"the Ray cluster {address} reports how it is used to Ray's makers: start it with "
            "RAY_USAGE_STATS_ENABLED=0 (docs/scaling.md tells how)"
        )
    return RayPool(opener, model=model, device=device, remark=remarks.append)


def main() -> None:
    """Answers until nobody asks."""
    # What Ray prints is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    remarks: list[str] = []
    pool: RayPool | None = None
    while True:
        try:
            name, values, options = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        answer: object = None
        error: Exception | None = None
        try:
            if pool is None:
                pool = connect(*values, **options, remarks=remarks)
            else:
                answer = getattr(pool, name)(*values, **options)
        except (CaptioningError, ClusterError) as known:
            error = type(known)(str(known))
        except Exception:  # shown where a person sees it
            error = RuntimeError(traceback.format_exc())
        pickle.dump((list(remarks), answer, error), answers)
        answers.flush()
        remarks.clear()


if __name__ == "__main__":
    main()
