"""Tests of what is known of recipients."""
