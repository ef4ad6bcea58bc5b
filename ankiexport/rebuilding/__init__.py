"""A build after an edit of some texts, made from the last one: what it costs depends on the edit, not on the bank.

Whatever else has changed, the whole bank is built. The tests compare both, byte for byte and word for word.
"""
