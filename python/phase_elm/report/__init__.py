"""Drift, certificates, tables and figures."""
