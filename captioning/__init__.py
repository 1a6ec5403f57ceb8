"""The model: tensors in, tensors out; it knows no database, no index and no screen.

Public: `lazy_captioner.LazyCaptioner`, `describer.Describer`, `outputs`, `model_file.read_model_file`, `files`, and
what the rooms name.
"""
