"""The care of a library: doctor, restore, prune, merge."""
