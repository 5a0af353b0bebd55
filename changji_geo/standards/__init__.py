"""National standards as dated tables, each with its source and how well it is known."""
