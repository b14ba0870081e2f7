"""Announcements: posted once, read by everyone in their own language. Pure: no Discord, no database, no clock."""
