"""All tables of one database: each package declares its own."""

import crm_bridge.tables
import gateways.tables
import hub.tables

METADATA = [
    crm_bridge.tables.Base.metadata,
    gateways.tables.Base.metadata,
    hub.tables.Base.metadata,
]
