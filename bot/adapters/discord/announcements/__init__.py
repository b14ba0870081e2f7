"""Announcements on Discord: commands, pages, forms and the messages themselves."""
