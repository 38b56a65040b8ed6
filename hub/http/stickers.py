"""Stickers, for the composer of the agent page."""

from acd.contact import Channel
from gateways.stickers import Sticker, StickerPackage
from hub.accounts import Role
from hub.bilingual import Bilingual
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations

api = Operations("stickers")


class StickersQuery(Request):
    """By which channel they are to be sent."""

    channel: Channel


class StickerShown(Answer):
    """A sticker by its id in the package; `words` say what is on it, null where that is not known."""

    id: str
    words: Bilingual | None


class PackageShown(Answer):
    """Stickers that belong together."""

    id: str
    title: Bilingual
    stickers: list[StickerShown]


class StickersAnswer(Answer):
    """Packages of stickers; none where a channel has no stickers."""

    packages: list[PackageShown]


@api.operation("GET", "/stickers", role=Role.AGENT)
async def stickers(call: Call, query: StickersQuery) -> StickersAnswer:
    """List the stickers that agents may send by a channel."""
    gateway = call.parts.gateways.get(query.channel)
    packages = gateway.stickers if gateway is not None else ()
    return StickersAnswer(packages=[_package(each) for each in packages])


def _package(package: StickerPackage) -> PackageShown:
    return PackageShown(
        id=package.id,
        title=Bilingual(ja=package.ja, en=package.en),
        stickers=[StickerShown(id=each.id, words=_words(each)) for each in package.stickers],
    )


def _words(sticker: Sticker) -> Bilingual | None:
    return Bilingual(ja=sticker.ja, en=sticker.en) if sticker.ja else None
