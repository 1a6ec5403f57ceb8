"""The terminal face: screens that ask the engine and draw; they own no search logic."""
