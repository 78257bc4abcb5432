"""Requests for access, between the actions and the rules of ``policy.requests``."""
