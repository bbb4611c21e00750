"""Calls and visits: what was said, what comes next."""
