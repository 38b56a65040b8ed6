"""Softphones of this process: the face of pjsua2 towards asyncio."""

from types import TracebackType
from typing import Self

from cti.softphone.events import AccountHandle, SoftphoneEvent
from cti.softphone.phone import Softphone
from cti.softphone.settings import AccountSettings
from cti.softphone.thread import PjThread


class SoftphoneEngine:
    """Headless softphones; at most one engine at a time and four call legs a process.

    Example::

        async with SoftphoneEngine() as engine:
            phone = await engine.account(
                AccountSettings(user="sato", domain="127.0.0.1", password="...", registrar="sip:127.0.0.1")
            )
            await phone.registered()
            call = await phone.next_call()
            await call.answer()
    """

    def __init__(self) -> None:
        self._phones: dict[AccountHandle, Softphone] = {}
        self._thread = PjThread(self._deliver, self._ended)

    async def __aenter__(self) -> Self:
        await self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up, unregister and take pjsua2 down, within about a second; may be called twice."""
        await self._thread.close()

    async def account(self, settings: AccountSettings) -> Softphone:
        """Open an account; whether its registrar takes it, `Softphone.registered` tells."""
        handle = AccountHandle(self._thread.next_handle())
        phone = self._phones[handle] = Softphone(self._thread, handle, settings)
        phone.local_address = await self._thread.run(lambda endpoint: endpoint.open_account(handle, settings))
        return phone

    def _deliver(self, event: SoftphoneEvent) -> None:
        self._phones[event.account].apply(event)

    def _ended(self) -> None:
        for phone in self._phones.values():
            phone.end_calls()
