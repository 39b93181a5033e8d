"""Training of the surrogate."""
