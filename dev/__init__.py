"""What stands behind the Makefile: machine, services, demo portal and tests.

Standard library only: these modules run before anything is installed.
"""
