"""``ckan jena-governance dcat-export``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FORMATS = ("rdf", "ttl", "jsonld", "nt")


@click.command("dcat-export", short_help="Write a whole feed for other portals as one file.")
@click.option("--feed", type=click.Choice(["govdata", "full"]), required=True, help="Which feed.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="ttl", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to; the file appears when it is complete. Without it: standard output.",
)
@click.pass_context
def dcat_export(ctx: click.Context, feed: str, format_: str, output: Path | None) -> None:
    """Write all pages of a feed as one document, dataset after dataset.

    What is in it, and in what words, is the same as at /governance/dcat. A dataset that cannot be
    written is left out, and the log says which and why.
    """
    # Imported here: `ckan --help` should not load what only this command needs.
    from ckan.lib.search import SearchError

    from ckanext.jena_governance.dcat import export

    try:
        # As a request of nobody: who answers for what is looked up once.
        with ctx.meta["flask_app"].test_request_context():
            if output is None:
                export.write(feed, format_, sys.stdout)
            else:
                with export.whole(output) as stream:
                    export.write(feed, format_, stream)
    except SearchError as error:
        raise click.ClickException(f"Solr does not answer: {error}") from None
    except OSError as error:
        raise click.ClickException(f"--output {output}: {error}") from None
