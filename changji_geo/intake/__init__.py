"""What staff really have (any file, any encoding, any coordinate habit) -> clean frames, layers and indicator tables."""
