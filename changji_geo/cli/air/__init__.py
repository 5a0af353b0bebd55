"""``changji-geo air``: hourly files of air stations to days, statistics, rankings, calendars and values for maps."""
