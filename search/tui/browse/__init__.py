"""The browser: the search line, the grid, the details beside it, and the windows that it opens."""
