"""An institution's order as it is entered: row by row, or pasted from a sheet."""
