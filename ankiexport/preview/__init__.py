"""The preview: a bank as pages, served to the browser of its author.

    reading    the bank, file by file, read again only where it changed
    contents   its questions, rendered when they are asked for
    snapshot   what is known of it at one moment
    live       the snapshot that is shown, renewed when a file changes
    answers    what the pages are told
    server     the routes; guard keeps strangers out, serve watches over files and checks

What a card looks like, and the application that shows it, are in `ankiexport.pages`.
"""
