"""Looking after the knowledge base from Discord."""
