"""Who works here: people, roles, the tree of teams; who may see what."""
