"""The preview: a bank as pages, served to the browser of its author or written as a folder.

    Reading      the bank, file by file, read again only where it changed        reading.py
    Snapshot     what is known of the bank at one moment                         snapshot.py
    cards        a note as JSON, a side of a card as a document for a frame      cards.py, frames.py
    Preview      the snapshot that is shown, renewed when a file changes         live.py
    application  the routes, and what keeps strangers out                        server.py, guard.py
    site         the same as a folder of static pages                            site.py

The pages are one application (`static/`), which asks the server, or has all that it needs in its folder.
"""
