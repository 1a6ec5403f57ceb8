"""Measures of a model through the engine that answers people, and the fit of its probabilities.

Public: `evaluation.evaluate`, `calibration.calibrate`, `report.figure_rows`, `report.write_report`.
"""
