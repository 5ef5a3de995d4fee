"""The audit log: its entries, the writer, and the field-by-field difference. Knows nothing of what it speaks of."""
