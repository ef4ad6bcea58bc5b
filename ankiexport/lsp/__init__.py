"""The language server: a bank in any editor that speaks the Language Server Protocol.

    documents    the texts that are open
    session      one bank, read and examined again when a text or a file changes
    worker       a thread for what takes longer than a moment
    publishing   diagnostics, sent where they changed
    convert      items of `ankiexport.editing` in the words of the protocol
    bank_server  the open texts, and a session for each bank
    answers      the requests
    server       all of it put together

What the answers are is decided in `ankiexport.editing`.
"""
