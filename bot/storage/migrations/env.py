"""What Alembic executes, by path, inside the transaction that `migrate` opened."""

from alembic import context


def _run() -> None:
    context.configure(connection=context.config.attributes["connection"])
    context.run_migrations()


if __name__ == "env_py":  # Alembic's name for it; an ordinary import does nothing
    _run()
