"""From what people have to a bank: packages of Anki, read without Anki, note for note."""
