"""What is made of many maps: the folder of outputs and its gallery page."""
