"""What every operating system has: processes and locks, the shell, what a command prints."""
