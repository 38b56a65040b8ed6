"""Speech synthesis: engines, and the process that they run in."""
