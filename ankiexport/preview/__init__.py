"""The preview: a bank as pages, served to the browser of its author or written as a folder.

    reading      the bank, file by file, read again only where it changed
    contents     its questions, rendered when they are asked for
    snapshot     what is known of it at one moment
    live         the snapshot that is shown, renewed when a file changes
    answers      what the pages are told; cards and frames, a side of a card as a document
    server       the routes; guard keeps strangers out, serve watches over files
    site         the same as a folder of static pages; printing, the pages to print

The pages are one application (`static/`). It asks the server (`live.js`), or has all that it needs in its
folder (`site.js`).
"""
