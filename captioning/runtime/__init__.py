"""What the network runs on: devices, precision, batches that fit the memory, and the tuning of the process."""
