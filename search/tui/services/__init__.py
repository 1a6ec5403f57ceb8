"""What works behind the screens and draws nothing.

`scan_runner.ScanRunner` brings folders into the library; `write_queue.WriteQueue` carries out corrections in order;
`activity.Activity` is what goes on in the library; `state.State` is what the app remembers; `type_ahead.TypeAhead`
keeps keys in order.
"""
