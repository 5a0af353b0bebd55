"""Files of hourly readings -> one grid per pollutant, with everything that was found on the way."""
