"""The inbox: what was asked and not answered, until everyone who asked has an answer. Pure: no Discord, no database."""
