"""People are told: what happened to their cases and what waits for them, here, by mail and by SMS."""
