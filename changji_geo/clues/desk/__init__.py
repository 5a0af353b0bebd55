"""What the desk does with clues: each deed is worked out as events and written in one transaction."""
