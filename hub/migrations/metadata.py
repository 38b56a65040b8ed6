"""All tables of one database: each package declares its own."""

import crm_bridge.tables
import gateways.chat.tables
import gateways.tables
import hub.tables

METADATA = [
    crm_bridge.tables.Base.metadata,
    gateways.chat.tables.ChatUpload.metadata,  # those of all channels
    hub.tables.Base.metadata,
]
