"""Active-fire files of FIRMS -> fire points with county, zone and standing, merged into fires, a daily bulletin, clues."""
