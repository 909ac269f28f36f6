"""The ledger: what one phone has ever shown, and which time is proven complete. Pure: no I/O, no clock."""
