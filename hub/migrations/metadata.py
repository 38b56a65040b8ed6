"""All tables of one database: each package declares its own."""

import crm_bridge.tables
import gateways.chat.tables
import gateways.sms.tables
import gateways.tables
import hub.tables

METADATA = [
    crm_bridge.tables.Base.metadata,
    gateways.tables.Base.metadata,  # those of all channels
    hub.tables.Base.metadata,
]
