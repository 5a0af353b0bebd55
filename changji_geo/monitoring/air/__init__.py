"""Air over time: hourly readings -> daily values and AQI -> periods, areas, rankings; every row names its standard."""
