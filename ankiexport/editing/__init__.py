"""What an editor shows of a bank: pure functions from a text and what is known of its bank to items.

    source_text   a text as editors count it: lines, and columns in three encodings
    spots         what stands at a place: a key, a value or a text, and below which keys
    state         what is known of the bank at one moment
    schema        the keys of the format with their documentation
    completion, places, hover, symbols, problems, repairs, snippets: what is shown

Lines and columns count from 0, columns in characters. Nothing here knows of the protocol; `ankiexport.lsp` does.
"""
