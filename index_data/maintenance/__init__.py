"""The care of a library.

Public: `doctor.examine`, `restore.restore`, `prune.prune`, `merge.merge`.
"""
