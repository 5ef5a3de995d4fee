"""The rules of the source document, pure: standard library only, no Django, no clock, no input or output.

Each file is a subject and reads like `docs/rules.md`; the adapters that fetch facts and call the rules stand in
`applications/status/`: `reach.py` (what reaches a device), `in_sql.py` (SQL) and `rows.py`.
"""
