"""What the extension costs, measured against a portal without it."""
