"""Whose a customer is: claims, transfers and handovers, the pool and its rules, what holds, the return (policy 4)."""
