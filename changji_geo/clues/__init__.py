"""Green Shield (绿盾) clues: suspected human-activity patches from the satellite to the closed case, nothing lost."""
