"""Runs the migrations of this extension with CKAN's own connection settings."""

from pathlib import Path

from alembic import context
from sqlalchemy import engine_from_config, pool

from ckan.model.meta import metadata

PLUGIN = Path(__file__).parent.name


def include_object(item, name, type_, reflected, compare_to):
    """Autogenerate looks at our tables only."""
    return type_ != "table" or name.startswith("governance_")


def run(**options):
    context.configure(
        target_metadata=metadata,
        version_table=f"{PLUGIN}_alembic_version",
        include_object=include_object,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True)
else:
    engine = engine_from_config(
        context.config.get_section(context.config.config_ini_section),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with engine.connect() as connection:
        run(connection=connection)
