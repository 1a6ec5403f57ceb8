"""The other screens with tabs, and the windows that several screens open.

Tabs: `folders.FoldersScreen`, `problems.ProblemsScreen`, `status.StatusScreen`, `settings.SettingsScreen`.
Windows: `acceptance.AcceptanceScreen`, `dialogs.ChoiceScreen`, `dialogs.LineScreen`, `first_run.FirstRunScreen`,
`help.HelpScreen`, `history.HistoryScreen`, `preview.PreviewScreen`, `tags.TagScreen`.
"""
