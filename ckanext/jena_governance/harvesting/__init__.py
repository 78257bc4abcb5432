"""Datasets of other portals, held to our rules: harvesters, what they fetch, what becomes of it.

Needs ckanext-harvest (extra ``harvest``); without it nothing in here is imported.
"""
