"""The migrations of the audit log as 0.1.0 had them, in the app `console`: a test makes an old database with them."""
