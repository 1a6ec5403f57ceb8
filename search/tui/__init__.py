"""The terminal face: screens that ask the engine and draw; they own no search logic.

`app.ImgsearchApp` builds one `context.Context` and gives it to every screen. What screens report are `messages`;
between which screens the keys 1 to 6 go, `modes`; the colours, `themes`. Of the folders each imports only those after
it: `browse`, `review`, `screens`, `widgets`, `graphics`, `services`.
"""
