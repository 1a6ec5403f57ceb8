"""Videos: their frames as people see them, the shots that they fall into, and clips cut out of them."""
