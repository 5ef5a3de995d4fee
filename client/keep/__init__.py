"""What outlives the client: the journal of requests and messages, and the folder with its secret and its lock."""
