"""Clues and layers -> what each check says of each clue, and a priority; nothing is decided here."""
