"""Grids of hours -> days, areas, periods, comparisons and ranks, each by the rules in force."""
