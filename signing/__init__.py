"""What this console signs, so that devices run nothing else: the key, and the envelopes that it closes."""
