"""Data that others wrote, made safe to read and to show."""
