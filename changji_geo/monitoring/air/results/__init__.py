"""What was evaluated -> tables for people, indicators and series for maps."""
