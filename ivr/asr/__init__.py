"""Speech recognition: endpointing, engines, and the processes that they run in."""
