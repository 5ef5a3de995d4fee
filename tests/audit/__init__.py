"""Tests of the audit log by itself."""
