"""What can be installed where, and the requests that make it so."""
