"""The lock: what has been shipped from a bank, so that only what changed is shipped anew."""
