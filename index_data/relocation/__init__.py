"""Moves the files of photographs, to a folder or to the desktop's trash, and back; the library follows each file.

Whatever these functions are doing when they are killed, each file lies at its former path, at its new one, or in the
trash, and the library keeps what was said of it.
"""

from index_data.relocation.move import move_photographs
from index_data.relocation.outcome import Outcome
from index_data.relocation.rest import trash_rest
from index_data.relocation.reversal import return_files
from index_data.relocation.trash import trash_photographs

__all__ = ["Outcome", "move_photographs", "return_files", "trash_photographs", "trash_rest"]
