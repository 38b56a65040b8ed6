"""What only a customer knows, as hashes that others made; how often it was got wrong; marks on customers."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from acd.ids import CustomerId
from crm_bridge.merging import standing
from crm_bridge.store import Store, insert_new
from crm_bridge.tables import ProofRow, ProofTriesRow, TagRow


class Proofs(Store):
    """Hashes by kind (`pin`, `birth`), and wrong tries by subject: a customer's id, a number."""

    async def hashes(self, customer: CustomerId, kind: str) -> tuple[str, ...]:
        """Return the hashes of a customer: one, or those of all who were merged into him."""
        async with self._reading() as connection:
            rows = await connection.scalars(
                select(ProofRow.hash)
                .where(ProofRow.customer == customer, ProofRow.kind == kind)
                .order_by((ProofRow.origin == customer).desc(), ProofRow.origin)
            )
            return tuple(rows)

    async def put(self, customer: CustomerId, kind: str, proof_hash: str | None) -> None:
        """Give a customer a hash in place of any before; None: none. Raises `UnknownCustomer`."""
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id
            await connection.execute(
                delete(ProofRow).where(ProofRow.customer == owner, ProofRow.kind == kind)
            )
            if proof_hash is not None:
                await insert_new(
                    connection, ProofRow, origin=owner, kind=kind, customer=owner, hash=proof_hash
                )

    async def begin_try(self, subjects: Sequence[str], *, now_ms: int, tries: int, lock_ms: int) -> bool:
        """Count a try as wrong beforehand, so that none of many at once is free; False if one is locked.

        The `tries`-th within `lock_ms` of each other locks its subject for `lock_ms`, and is still looked at.
        """
        async with self._writing() as connection:
            for subject in sorted(subjects):
                await insert_new(
                    connection, ProofTriesRow, subject=subject, wrong=0, at_ms=now_ms, locked_until_ms=0
                )
            rows = (
                await connection.execute(
                    select(*ProofTriesRow.__table__.columns)
                    .where(ProofTriesRow.subject.in_(subjects))
                    .order_by(ProofTriesRow.subject)
                    .with_for_update()
                )
            ).all()
            if any(row.locked_until_ms > now_ms for row in rows):
                return False
            for row in rows:
                wrong = 1 + (row.wrong if now_ms - row.at_ms < lock_ms and not row.locked_until_ms else 0)
                locked_until_ms = now_ms + lock_ms if wrong >= tries else 0
                await connection.execute(
                    update(ProofTriesRow)
                    .where(ProofTriesRow.subject == row.subject)
                    .values(wrong=wrong, at_ms=now_ms, locked_until_ms=locked_until_ms)
                )
        return True

    async def purge_tries(self, before_ms: int) -> int:
        """Delete what was tried for the last time before a time, and is locked no more; returns how many."""
        old = (ProofTriesRow.at_ms < before_ms, ProofTriesRow.locked_until_ms < before_ms)
        async with self._writing() as connection:
            return (await connection.execute(delete(ProofTriesRow).where(*old))).rowcount

    async def forget_tries(self, subjects: Sequence[str]) -> None:
        """One was right: nothing counts any more."""
        async with self._writing() as connection:
            await connection.execute(delete(ProofTriesRow).where(ProofTriesRow.subject.in_(subjects)))


class Tags(Store):
    """Marks on customers, in lower case."""

    async def of(self, customer: CustomerId) -> frozenset[str]:
        """Return a customer's marks."""
        async with self._reading() as connection:
            return frozenset(await connection.scalars(select(TagRow.tag).where(TagRow.customer == customer)))

    async def add(self, customer: CustomerId, tag: str) -> None:
        """Mark a customer; raises `UnknownCustomer`."""
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id
            await insert_new(connection, TagRow, origin=owner, tag=tag.casefold(), customer=owner)

    async def remove(self, customer: CustomerId, tag: str) -> None:
        """Take a mark away; raises `UnknownCustomer`."""
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id
            await connection.execute(
                delete(TagRow).where(TagRow.customer == owner, TagRow.tag == tag.casefold())
            )
