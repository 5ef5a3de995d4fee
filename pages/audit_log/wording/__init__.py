"""What entries of the audit log say, in the reader's language: what they are about, and their details."""
