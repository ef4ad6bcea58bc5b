"""Cards as pages: what the preview and the export to web pages share.

cards      a note that can be shown, both sides of its cards as HTML
frames     a side as a document of its own, dressed as Anki dresses it on a device
still      a side on a page with others
printing   pages to read and print
static/    the application that browses, searches and practises, for a server and for a folder
"""
