"""How the machines of a cluster read and describe what one process stores.

`reader.ClusterReader` is a `index_data.scan.readers.PlanReader`. It makes `tasks` of a plan, a `schedule` hands them to
the workers of a `pool`, and gives what they read in the plan's order; `ray_pool` is the one that knows Ray, in a
process of its own.

Public: `connection.connected`, which gives a reader on a Ray cluster.
"""
