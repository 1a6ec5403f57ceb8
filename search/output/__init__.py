"""What both faces show and write: printable names, pages, copies, pictures in a terminal.

Public: `printable.printable`, `contact_sheet.write_contact_sheet`, `copying.copy_photographs`, `html.write_page`,
`device_report`, `folder_words`, `status_rows`, `terminal_pictures`.
"""
