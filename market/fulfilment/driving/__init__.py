"""A trip on the road: boxes taken and put down, and what is wrong with one."""
