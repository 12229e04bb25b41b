"""Stands for an Airflow without providers."""
