"""A bank that is being written: what the preview and the language server know of it from one moment to the next.

reading      the bank, file by file, read again only where it changed; unsaved texts stand in for files
entries      its questions and facts as lists show them
contents     its questions, rendered when they are asked for
examination  what is wrong with it, question by question, found again only where it changed
"""
