"""``changji-geo clues``: the Green Shield desk on the command line; each command calls public functions and shows what they say."""
