"""Starts Ray nodes on this machine that report to nobody and wait for a busy processor, and ends them."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

SILENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Even where reports are off, a cluster that starts tells its makers that they are.
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9",
}

PATIENT = {
    "RAY_agent_register_timeout_ms": "600000",
    "RAY_gcs_server_port_wait_time_s": "600",
    "RAY_raylet_start_wait_time_s": "600",
    "RAY_worker_register_timeout_seconds": "600",
}

PORTS = ("runtime_env_agent_port", "metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")
"""Of what a node starts; it waits a few seconds for each that is not given, and then breaks down."""

STORE_BYTES = 100 * 2**20
"""Of each node's store of objects, which is part of the memory."""


@contextmanager
def ray_nodes(cores: list[int]) -> Iterator[Any]:
    """Starts a cluster of nodes with so many cores each, and gives it; `address` tells where it answers."""
    # Named briefly: sockets lie in it.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        (scratch / "ray").mkdir()
        # Where it is missing, a head asks the usual clouds whether it runs in one, for a report that it never makes.
        (scratch / "ray_bootstrap_config.yaml").write_text("{}")
        with patch.dict(os.environ, {**SILENT, **PATIENT, "RAY_TMPDIR": name, "HOME": name}):
            from ray.cluster_utils import Cluster

            cluster: Any = Cluster()
            try:
                for count in cores:
                    only_head = {} if cluster.head_node else {"include_dashboard": False}
                    cluster.add_node(num_cpus=count, object_store_memory=STORE_BYTES, **_free_ports(), **only_head)
                yield cluster
            finally:
                cluster.shutdown()


def _free_ports() -> dict[str, int]:
    with ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _ in PORTS]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return dict(zip(PORTS, (each.getsockname()[1] for each in held), strict=True))
