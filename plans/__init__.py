"""Maintenance plans (policy 6): drafted, approved by a chain of people, carried out by tasks, judged."""
