"""Values at stations -> an estimated surface: inverse distance and ordinary kriging on a grid, and areas of equal class."""
