"""Discord, through discord.py: translates Discord's objects to and from the core's, and adds no words of its own."""
