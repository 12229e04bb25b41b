"""Pages that are made from the code: what a reader looks up."""
