"""Parts that several screens are made of.

`top_bar.TopBar` is the line of tabs, `key_bar.KeyBar` that of the keys; `completion_input.CompletionInput` completes
words; `word_confidence` colours the words of a caption by how sure the model is of them.
"""
