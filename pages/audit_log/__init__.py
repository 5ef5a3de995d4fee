"""The page of the audit log: who did what, when, about what, from where (R20)."""
