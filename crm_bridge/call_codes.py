"""Codes of a few digits by which a caller says which text contact he comes from: short-lived, used once."""

from sqlalchemy import delete, exists, select

from acd.ids import ContactId
from crm_bridge.store import Store, insert_new
from crm_bridge.tables import CallCodeRow


class CallCodes(Store):
    """Codes that are out, as hashes: one a contact. What is used, replaced or too old is deleted."""

    async def put(self, contact: ContactId, code_hash: str, *, now_ms: int, expires_at_ms: int) -> bool:
        """Give a contact a code in place of any before; False if another contact has the same now."""
        async with self._writing() as connection:
            await connection.execute(
                delete(CallCodeRow).where(
                    (CallCodeRow.contact == contact) | (CallCodeRow.expires_at_ms <= now_ms)
                )
            )
            return await insert_new(
                connection, CallCodeRow, contact=contact, hash=code_hash, expires_at_ms=expires_at_ms
            )

    async def are_out(self, now_ms: int) -> bool:
        """Whether there is any code that somebody may use."""
        async with self._reading() as connection:
            return bool(await connection.scalar(select(exists().where(CallCodeRow.expires_at_ms > now_ms))))

    async def take(self, code_hash: str, now_ms: int) -> ContactId | None:
        """Use a code up; returns whose it was."""
        is_valid = (CallCodeRow.hash == code_hash, CallCodeRow.expires_at_ms > now_ms)
        async with self._writing() as connection:
            contact = await connection.scalar(
                delete(CallCodeRow).where(*is_valid).returning(CallCodeRow.contact)
            )
        return ContactId(contact) if contact is not None else None

    async def purge(self, now_ms: int) -> int:
        """Delete what is too old; returns how many."""
        async with self._writing() as connection:
            old = delete(CallCodeRow).where(CallCodeRow.expires_at_ms <= now_ms)
            return (await connection.execute(old)).rowcount
