"""Registration: who sends, for what, from which numbers; decided by an outside authority, after a while."""
