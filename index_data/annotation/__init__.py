"""What people say of photographs: actions with undo, the review's queue, and which captions are uncertain.

Public: `actions.Annotations`, `imported_words.ImportedWords`, `queue.queue`, `queue.line_up`, `queue.progress`,
`order.Order`, `order.Part`, `uncertainty.uncertainties`, `normalize.tidy`.
"""
