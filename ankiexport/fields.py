"""The fields of a note, held in little memory: as Anki keeps them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

# Between the fields of a note, as in Anki's collections.
SEPARATOR = "\x1f"


class Fields(Sequence[str]):
    """The fields of a note, of which there is one at least; none holds Anki's separator.

    They are equal to a tuple of the same texts.
    """

    __slots__ = ("joined",)

    def __init__(self, joined: bytes) -> None:
        """Take fields as a collection holds them: joined by the separator, in UTF-8."""
        self.joined = joined

    @classmethod
    def of(cls, fields: Iterable[str]) -> "Fields":
        """Return fields with these texts."""
        return cls(SEPARATOR.join(fields).encode())

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        """Return one field, or some."""
        texts = self._texts()
        return tuple(texts[place]) if isinstance(place, slice) else texts[place]

    def __len__(self) -> int:
        """Return the number of fields."""
        return self.joined.count(SEPARATOR.encode()) + 1

    def __iter__(self) -> Iterator[str]:
        """Yield the fields, in order."""
        return iter(self._texts())

    def __eq__(self, other: object) -> bool:
        """Tell whether another has the same texts."""
        if isinstance(other, Fields):
            return self is other or self.joined == other.joined
        return isinstance(other, tuple) and (*self._texts(),) == other

    def __hash__(self) -> int:
        """Return the hash of a tuple of the same texts."""
        return hash((*self._texts(),))

    def __repr__(self) -> str:
        """Return them as a tuple shows itself."""
        return repr((*self._texts(),))

    def __reduce__(self) -> tuple[type["Fields"], tuple[bytes]]:
        """Let them be pickled as they are held."""
        return Fields, (self.joined,)

    def _texts(self) -> list[str]:
        return self.joined.decode().split(SEPARATOR)


def joined_fields(fields: Sequence[str]) -> bytes:
    """Return fields as a collection holds them: joined by the separator, in UTF-8."""
    return fields.joined if isinstance(fields, Fields) else SEPARATOR.join(fields).encode()
