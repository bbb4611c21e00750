"""Complaint and suggestion tickets (policy 7): the room stands, its capability comes with its own release."""
