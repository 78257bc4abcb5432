"""DCAT-AP.de 3.0: what the catalogue says of itself to machines, and how it reads others.

``profile.DcatApDe3Profile`` is ckanext-dcat's profile for DCAT-AP 3 with what Germany, and this
portal's governance, add.

Whoever serialises many datasets wraps it into ``surroundings.prefetched``.
"""
