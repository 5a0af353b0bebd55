"""A file of clues -> clues as they came in -> the events of an import."""
