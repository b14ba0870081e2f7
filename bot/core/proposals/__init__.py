"""Files of the knowledge base that an admin proposes and a second one approves. Pure: no Discord, no database."""
