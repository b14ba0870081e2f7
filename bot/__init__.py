"""Answers questions about the ASEAN-Japan smart cities meeting in the reader's own language, from reviewed text
only.
"""

__version__ = "0.1.0"
