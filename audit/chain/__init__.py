"""The audit log as a hash chain: sealing what was written, anchoring the head, and finding what was changed."""
