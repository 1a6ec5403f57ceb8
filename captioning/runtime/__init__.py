"""What the network runs on: devices, precision, batches that fit the memory, and the tuning of the process.

Public: `devices.choose_device` and its `Device`, the runners of `batching`, the questions of `precision`, and
`tuning.wait_asleep` and `tuning.keep_freed_memory`.
"""
