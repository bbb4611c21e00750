"""The archive, grading, ownership and the pool."""
