"""``changji-geo water``: tables of water samples to classes, trophic indices and compliance."""
