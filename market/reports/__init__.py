"""Reports and papers: frozen figures, read as a page, printed, or taken away as a file."""
