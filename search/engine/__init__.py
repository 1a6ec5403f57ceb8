"""The only way to ask: from the text of a query to hits; it knows no face."""
