"""Verification cards of clues, one A4 page each; `changji_geo.report.cards.writing.write_cards` is the way in."""
