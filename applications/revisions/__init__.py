"""What may run on devices, and what is asked of them, signed: revisions of applications, and orders."""
