"""Figures of their own for print and Word, drawn like the maps: a calendar of days, a ranking of places."""
