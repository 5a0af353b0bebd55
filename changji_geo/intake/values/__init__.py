"""What a cell says: numbers, units, periods, places."""
