"""Fields of forms that pages of different rooms have."""
