"""What this client believes: only what the console that it enrolled with has signed, for this device, lately."""
