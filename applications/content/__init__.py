"""Files that clients fetch: how they come, where they are kept, who may have them, when they go (R28)."""
