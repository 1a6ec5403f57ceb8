"""The only way to ask: from the text of a query to hits; it knows no face.

Public: `engine.Engine`, `options.SearchOptions`, `query_language.parse` and `query.Query`, `answer.Answer`, `hits.Hit`,
`regions.regions_of`, `completion.Completer`, `relevance.read_relevance`.
"""
