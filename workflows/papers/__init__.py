"""Papers that the house issues: set once, kept, and named in the journal by their digests."""
