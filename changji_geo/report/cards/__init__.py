"""Verification cards of clues, one A4 page each; `changji_geo.report.cards.writing.write_clue_cards` is the way in."""
