# Short names for what start.py does; it needs no make.
.PHONY: demo test check format manual

demo:
	python3 start.py

test check:
	python3 start.py test

format:
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

manual:
	.venv/bin/python scripts/manual.py > imgsearch.1
