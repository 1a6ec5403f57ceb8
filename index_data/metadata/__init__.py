"""What cameras and other programs wrote into and beside photographs, in all the shapes in which they write it.

Public: `facts`, `dates.read_date`, `dates.read_zone`, `sidecars.present_sidecars`, `iptc.read_records`, `packet`.
"""
