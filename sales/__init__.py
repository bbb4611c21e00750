"""Orders and the money that finance confirms."""
