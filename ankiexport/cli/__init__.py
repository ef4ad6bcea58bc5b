"""The command line, thin: parse, call, print. Each command has a module of its own."""
