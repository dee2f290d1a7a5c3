"""Forward-mode differentiation is not there; docs/differences.md says so."""
