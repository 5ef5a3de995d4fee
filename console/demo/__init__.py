"""A small believable fleet, so that a new console is worth looking at."""
