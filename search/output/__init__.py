"""What both faces show and write: printable names, pages, copies, pictures in a terminal."""
