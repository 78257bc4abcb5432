"""The demo portal: what a city group could show, with invented data.

entities.yaml (organizations) and the dataset files are data; :mod:`datasets`
reads them into what CKAN takes, :mod:`files` makes up the tables,
:mod:`accounts` the logins, and :mod:`seed` writes it all through CKAN's actions.
"""
