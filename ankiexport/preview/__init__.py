"""The preview: a bank as pages, served to the browser of its author.

    snapshot   what is known of it at one moment
    live       the snapshot that is shown, renewed when a file changes
    answers    what the pages are told
    server     the routes; guard keeps strangers out, serve watches over files and checks

How the bank is read again and again is in `ankiexport.live_bank`. What a card looks like, and the application that shows it, are in `ankiexport.pages`.
"""
