"""``changji-geo fires``: satellite fire points from a file to bulletin, map and clues."""
