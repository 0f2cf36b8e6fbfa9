"""House rules, checked on the source itself. Each check is also fed a bad sample, to show that it can fail."""
