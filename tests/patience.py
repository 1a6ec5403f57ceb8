"""How long tests wait for what must come."""

PATIENCE = 600.0
"""Seconds after which something is taken to hang; what passes waits no longer than it must."""
