"""Applying the fixes that diagnostics carry."""
