"""The language server: a bank in any editor that speaks the Language Server Protocol.

    documents      the texts that are open
    followed_bank  one bank, read and examined again when a text or a file changes
    worker         a thread for what takes longer than a moment
    publishing     diagnostics, sent where they changed
    convert        items of `ankiexport.editing` in the words of the protocol
    bank_server    the open texts, and the banks that they belong to
    answers        the requests
    server         all of it put together

What the answers are is decided in `ankiexport.editing`.
"""
