"""Lets `python -m search.cli` do what `imgsearch` does."""

from search.cli import main

main()
