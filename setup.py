# Only what pyproject.toml cannot say: which extractor reads which files for translation.
from setuptools import setup

setup(
    message_extractors={
        "ckanext": [
            ("jena_governance/tests/**", "ignore", None),
            ("jena_governance/migration/**", "ignore", None),
            ("**.py", "python", None),
            ("**.js", "javascript", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
