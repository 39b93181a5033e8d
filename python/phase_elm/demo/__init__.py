"""The demonstration: a cold start, twenty observed years, one jump, and the model's own verdict."""
