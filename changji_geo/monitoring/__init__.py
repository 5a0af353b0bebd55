"""Observations over time: stations, sections and satellite fire points -> values, tables and bulletins by dated rules."""
