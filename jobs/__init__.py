"""The ledger of nightly jobs and long work: what was asked for, how far it is, what came of it."""
