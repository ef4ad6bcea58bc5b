"""`ankiexport cache`."""

import click

from ankiexport.cli.common import friendly
from ankiexport.plural import plural


@click.group()
def cache() -> None:
    """Look after what earlier runs have left to save time.

    The cache is one for all banks, keeps itself below a gigabyte, and can be removed at any time. The environment
    variable ANKIEXPORT_CACHE_DIR moves it.

    \b
    Examples:
      ankiexport cache info       where it is, and how large
      ankiexport cache clear      remove it
      ankiexport build --no-cache
    """


@cache.command()
@friendly
def info() -> None:
    """Show where the cache is, and how large."""
    from ankiexport.cache.store import cache_folder, cache_info

    found = cache_info(cache_folder())
    kilobytes = -(-found.bytes // 1024)
    click.echo(f"{found.folder}: {plural(found.entries, 'entry', 'entries')}, {kilobytes:,} KB")


@cache.command()
@friendly
def clear() -> None:
    """Remove the cache; the next build takes longer."""
    from ankiexport.cache.store import cache_folder, clear_cache

    folder = cache_folder()
    if not clear_cache(folder):
        message = f"the cache in {folder} cannot be removed"
        raise click.ClickException(message)
    click.echo(f"{folder}: the cache is empty")
