"""Maintenance plans (policy 6): the room stands, its capability comes with its own release."""
