"""Methods compared on whole trials, as UTD-MHAD's tables are published; nothing here ever runs live."""
