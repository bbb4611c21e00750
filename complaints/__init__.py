"""Complaints and suggestions (policy 7): a loop that closes only when the customer is satisfied."""
