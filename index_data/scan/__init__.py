"""How folders come into a library: walk, plan, decode, describe, write."""
