"""Photographs in cells of a terminal.

`drawing.draw` turns a picture into lines, as `drawing.DrawingMethod` says; `painter.Painter` does so in threads;
`photo_view.PhotoView` is the widget that shows one photograph. Importing `drawing` asks the terminal for the size of a
cell, so it must come before the app starts; nothing is imported here.
"""
