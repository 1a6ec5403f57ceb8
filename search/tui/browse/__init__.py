"""The browser: the search line, the grid, the details beside it, and the windows that only it opens.

`screen.BrowserScreen` is its public name.
"""
