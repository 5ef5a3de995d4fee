"""The pages about applications and requests; one file per page."""
