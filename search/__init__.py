"""What people use: the engine that answers, and the faces on it.

Public: `engine.engine.Engine`, `errors`, and what the rooms name.
"""
