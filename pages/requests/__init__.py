"""The columns of the lists about applications and requests; one file per list."""
