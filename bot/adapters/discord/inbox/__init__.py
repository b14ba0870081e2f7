"""The inbox on Discord: cards for moderators, forms, commands, and the answers themselves."""
