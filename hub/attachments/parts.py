"""The parts that keep files, made and wired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import QueueName
from acd.policy import QueueSettings
from crm_bridge.contacts import Contacts
from hub.attachments.attachments import Attachments, Rules
from hub.attachments.catalogue import Catalogue
from hub.attachments.clamd import Clamd
from hub.attachments.keeper import Keeper
from hub.attachments.links import FileLinks
from hub.attachments.scanning import Scanning
from hub.attachments.shelf import FileShelf
from hub.audit import AuditLog
from hub.board import Board
from hub.objects.parts import key_ring, store_of
from hub.objects.safe import Safe
from hub.settings import Settings

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParts:
    """`keeper.run` is the service."""

    attachments: Attachments
    keeper: Keeper
    shelf: FileShelf


def file_parts(
    settings: Settings,
    engine: AsyncEngine,
    *,
    board: Board,
    contacts: Contacts,
    queues: Callable[[], Mapping[QueueName, QueueSettings]],
    is_ours: Callable[[], bool],
) -> FileParts:
    """Make the parts."""
    catalogue, audit = Catalogue(engine), AuditLog(engine)
    scanning = Scanning(
        Clamd(settings.clamd) if settings.clamd else None, holds=settings.clamd_away == "hold"
    )
    rules = Rules(
        size_max=settings.file_mb * _MIB,
        total_max=settings.message_files_mb * _MIB,
        types=tuple(each.strip() for each in settings.file_types.split(",")),
    )
    secret = settings.secret_key.get_secret_value().encode()
    attachments = Attachments(
        Safe(store_of(settings, "files"), key_ring(settings), is_plain=settings.recording_plain),
        catalogue,
        FileLinks(settings.public_url, secret, hours=settings.file_link_hours),
        rules,
        settings.data_dir / "files-incoming",
        scanning=scanning,
    )
    return FileParts(
        attachments=attachments,
        keeper=Keeper(
            attachments, catalogue, scanning, audit, settings.file_days, queues=queues, is_ours=is_ours
        ),
        shelf=FileShelf(
            attachments=attachments, board=board, contacts=contacts, audit=audit, size_max=rules.size_max
        ),
    )
