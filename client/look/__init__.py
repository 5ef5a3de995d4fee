"""Looking at the machine, changing nothing: what is installed, what it has, which deployment type fits it."""
