"""State behind the `Store` port. Import `bot.storage.sql` only where a store is opened: SQLAlchemy takes 0.2 s."""
